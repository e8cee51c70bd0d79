package index

// Trouble is a kind of what an engine meets, at each try: for metrics. An engine that
// tries again by itself meets it long before anybody is told that it is unavailable.
type Trouble string

// The kinds.
const (
	TroubleOverloaded  Trouble = "overloaded"  // it takes no more just now (429)
	TroubleUnwell      Trouble = "unwell"      // an error of its own (5xx)
	TroubleReadOnly    Trouble = "read_only"   // its disk is nearly full, or an operator blocked it
	TroubleForbidden   Trouble = "forbidden"   // it refuses the user
	TroubleUnreachable Trouble = "unreachable" // there is no connection, or it broke
	TroubleTimeout     Trouble = "timeout"     // there is no answer in time
	TroubleMapping     Trouble = "mapping"     // the index lacks fields of this version
	TroubleOdd         Trouble = "odd"         // an answer that says something else
	TroubleNotTaken    Trouble = "not_taken"   // a document that it has not taken in all its tries
	TroubleRejected    Trouble = "rejected"    // a document that it refuses as such
	TroubleFault       Trouble = "fault"       // assay itself failed in it
)

// Troubles are all of them.
var Troubles = []Trouble{TroubleOverloaded, TroubleUnwell, TroubleReadOnly, TroubleForbidden, TroubleUnreachable, TroubleTimeout, TroubleMapping,
	TroubleOdd, TroubleNotTaken, TroubleRejected, TroubleFault}
