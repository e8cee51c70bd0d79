package vc

import (
	"encoding/json"
	"maps"
	"slices"

	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
)

// nodes brings a document whose statements were signed to one that is the same
// for the same statements. In RDF what is said of a node is said of it wherever
// it stands, and several values have no order: one achievement may be written
// as two objects of its id, half of it in another place, or be a mere link to
// it. Every object and every link of a known id becomes all that is said of it,
// and lists that are sets get one order and each value once.
//
// What stands in a credential within the document is its own issuer's word: whoever
// wraps a stranger's badge in a record of his own says none of it himself. But who
// holds the document could have moved there what was said outside, so all that claims
// nothing is heard from there as well: an end, a scale, how a status is to be read.
type nodes struct {
	said map[string]node
	more map[string]map[string]any // of an id, what is heard of it from credentials within
	work int
}

// node is what is said of one id. What is said in one place stands there, and is
// read there.
type node struct {
	once map[string]any
	all  map[string]any // where it is more than one place: each member's values
}

func (n node) members() map[string]any {
	if n.all != nil {
		return n.all
	}
	return n.once
}

// maxNodes bounds the objects of the outcome: links that fan out double it.
const maxNodes = 20_000

// own are the members whose values are documents of their own, judged alone, as
// they are written.
var own = map[string]bool{"proof": true, "verifiableCredential": true, "endorsement": true, "endorsementJwt": true}

// claiming are the members that claim something of a node or name it: of what stands
// in a credential within the document they are not heard.
var claiming = map[string]bool{
	"name": true, "tag": true, "alignment": true, "achievement": true, "identifier": true, "association": true,
	"criteria": true, "image": true, "url": true, "skills": true,
}

// once are those that are heard from there only where nothing is said of them outside.
var once = map[string]bool{
	"description": true, "creator": true, "status": true, "value": true, "achievedLevel": true, "requiredValue": true, "requiredLevel": true, "resultType": true,
}

// linked are the members that are read as the object they link to.
var linked = map[string]bool{
	"issuer": true, "credentialSubject": true, "achievement": true, "creator": true, "criteria": true, "image": true, "alignment": true,
	"result": true, "resultDescription": true, "rubricCriterionLevel": true, "identifier": true, "evidence": true, "association": true,
	"credentialStatus": true, "credentialSchema": true, "refreshService": true,
}

// links reports whether a member is read as an id, whatever is said of it.
func links(member, of string) bool {
	switch member {
	case "resultDescription", "achievedLevel":
		return of == "result"
	case "sourceId", "targetId":
		return of == "association"
	}
	return member == "statusListCredential"
}

func merged(doc map[string]any) (map[string]any, error) {
	n := &nodes{said: map[string]node{}, more: map[string]map[string]any{}}
	if err := n.collect(doc, "", 0); err != nil {
		return nil, err
	}
	v, err := n.build(doc, "", "", map[string]bool{})
	if err != nil {
		return nil, err
	}
	out, _ := v.(map[string]any)
	return out, nil
}

// collect takes in what is said in v, which stands in a credential within the
// document where within is the member that holds that.
func (n *nodes) collect(v any, within string, depth int) error {
	if depth > maxDepth {
		return verdict.Because(proof.ErrMalformed, "nested too deeply")
	}
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			if err := n.collect(e, within, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		if x["@value"] != nil {
			return nil
		}
		switch id, _ := x["id"].(string); {
		case id == "":
		case within == "":
			n.say(id, x)
		default:
			n.hear(id, x, within)
		}
		for name, m := range x {
			if name == "@context" || name == "id" || name == "proof" {
				continue // a proof is a graph of its own
			}
			in := within
			if in == "" && own[name] {
				in = name
			}
			if err := n.collect(m, in, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// say adds an object to what is said of its id.
func (n *nodes) say(id string, x map[string]any) {
	s := n.said[id]
	if s.once == nil {
		n.said[id] = node{once: x}
		return
	}
	from := []map[string]any{x}
	if s.all == nil {
		s.all = map[string]any{}
		n.said[id] = s
		from = []map[string]any{s.once, x}
	}
	for _, o := range from {
		for name, m := range o {
			if name != "@context" && name != "id" {
				have, _ := s.all[name].([]any)
				s.all[name] = append(have, read.List(m)...)
			}
		}
	}
}

// hear adds what an object of a credential within the document says of its id and does
// not claim.
func (n *nodes) hear(id string, x map[string]any, within string) {
	for name, m := range x {
		if claiming[name] || name == "@context" || name == "id" || m == nil || name == "result" && within == "verifiableCredential" {
			continue // results of another's badge are of that badge
		}
		if n.more[id] == nil {
			n.more[id] = map[string]any{}
		}
		have, _ := n.more[id][name].([]any)
		n.more[id][name] = append(have, read.List(m)...)
	}
}

// members are all that is said of an id, of which x is an object.
func (n *nodes) members(id string, x map[string]any) map[string]any {
	out := n.said[id].members()
	if out == nil {
		out = x // it was moved as a whole
	}
	copied := false
	for name, m := range n.more[id] {
		if out[name] != nil && once[name] {
			continue
		}
		if !copied {
			out, copied = maps.Clone(out), true
		}
		out[name] = slices.Concat(read.List(out[name]), read.List(m))
	}
	return out
}

// build gives the value of a member of an object that is itself the value of
// the member of. Inside are the ids of the objects around it.
func (n *nodes) build(v any, member, of string, inside map[string]bool) (any, error) {
	if n.work++; n.work > maxNodes {
		return nil, proof.ErrBudget
	}
	switch x := v.(type) {
	case string:
		if linked[member] && !links(member, of) && n.said[x].once != nil && !inside[x] {
			return n.build(map[string]any{"id": x}, member, of, inside)
		}
	case map[string]any:
		id, _ := x["id"].(string)
		switch {
		case x["@value"] != nil:
			return x, nil
		case links(member, of) && id != "":
			return id, nil
		case id != "" && inside[id]:
			return map[string]any{"id": id}, nil
		}
		members := x
		if id != "" {
			members = n.members(id, x)
			inside[id] = true
			defer delete(inside, id)
		}
		out := make(map[string]any, len(members)+1)
		if id != "" {
			out["id"] = id
		}
		for name, m := range members {
			switch {
			case name == "@context", name == "id" && id != "":
				continue // see above and below
			case own[name]:
				out[name] = m
				continue
			}
			b, err := n.build(m, name, member, inside)
			if err != nil {
				return nil, err
			}
			out[name] = b
		}
		if c, ok := x["@context"]; ok {
			out["@context"] = c
		}
		return out, nil
	case []any:
		if len(x) == 1 { // as if it stood alone
			return n.build(x[0], member, of, inside)
		}
		out := make([]any, 0, len(x))
		for _, e := range x {
			b, err := n.build(e, member, of, inside)
			if err != nil {
				return nil, err
			}
			if l, ok := b.([]any); ok {
				out = append(out, l...)
			} else if b != nil {
				out = append(out, b)
			}
		}
		if len(out) < 2 || member == "allowedValue" { // the only list that is one
			return out, nil
		}
		return ordered(out)
	}
	return v, nil
}

// ordered gives the values of a set in the order of their JSON, each once.
func ordered(set []any) ([]any, error) {
	type value struct {
		text string
		v    any
	}
	all := make([]value, len(set))
	for i, v := range set {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, verdict.Because(proof.ErrMalformed, "%w", err)
		}
		all[i] = value{string(text), v}
	}
	slices.SortStableFunc(all, func(a, b value) int {
		switch {
		case a.text < b.text:
			return -1
		case a.text > b.text:
			return 1
		}
		return 0
	})
	all = slices.CompactFunc(all, func(a, b value) bool { return a.text == b.text })
	out := make([]any, len(all))
	for i := range all {
		out[i] = all[i].v
	}
	return out, nil
}
