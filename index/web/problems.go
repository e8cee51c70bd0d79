package web

import (
	"net/http"
)

// Kind is a kind of problem that the door for applications tells of.
type Kind string

// The kinds of problems; problemTypes says what each means.
const (
	KindMalformed Kind = "malformed"
	KindTooLarge  Kind = "too_large"
	KindMediaType Kind = "media_type"
	KindRefused   Kind = "refused"
	KindKeyReused Kind = "key_reused"
	KindErased    Kind = "erased"
	KindNotFound  Kind = "not_found"
	KindBusy      Kind = "busy"
	KindFull      Kind = "full"
	KindAway      Kind = "away"
	KindNoDoor    Kind = "no_door"
	KindOutdated  Kind = "outdated"
	KindChanged   Kind = "changed"
	// KindNoHook: nothing takes notifications under this name, or not yet.
	KindNoHook Kind = "no_hook"
	// KindSignature: a notification is not signed as it should be.
	KindSignature Kind = "signature"
)

// problemType is what a kind means to who reads the answer.
type problemType struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Words  string `json:"words"` // and what to do
	kind   Kind
}

// problemTypes are all kinds, as /v1/problems lists them.
var problemTypes = []problemType{
	{Type: "/v1/problems#malformed", Title: "the body cannot be read", Status: http.StatusBadRequest, kind: KindMalformed,
		Words: "It is not what its Content-Type says, broke off, or a header cannot be taken. Nothing was stored."},
	{Type: "/v1/problems#too_large", Title: "the body is too large", Status: http.StatusRequestEntityTooLarge, kind: KindTooLarge,
		Words: "A JSON body may have 1 MiB, a form 128 MiB with all its files and 1 MiB without them; to be checked on the spot, 4 MiB and 50 MiB. Send files in a form, or leave some out. Nothing was stored."},
	{Type: "/v1/problems#media_type", Title: "the body is of a type that is not taken", Status: http.StatusUnsupportedMediaType, kind: KindMediaType,
		Words: "Applications, and what is to be checked, are multipart/form-data or application/json, without Content-Encoding; what operators ask is application/json."},
	{Type: "/v1/problems#refused", Title: "a member cannot be taken", Status: http.StatusUnprocessableEntity, kind: KindRefused,
		Words: "A member says what cannot be taken: member names it. Sending it again without a change is of no use. Nothing was stored."},
	{Type: "/v1/problems#key_reused", Title: "the key was used for another submission", Status: http.StatusUnprocessableEntity, kind: KindKeyReused,
		Words: "Under this Idempotency-Key another content was handed in for the same application. A new submission needs a new key."},
	{Type: "/v1/problems#erased", Title: "application was erased", Status: http.StatusGone, kind: KindErased,
		Words: "Whoever applied had it erased; it takes no submission any more."},
	{Type: "/v1/problems#not_found", Title: "there is nothing of that name", Status: http.StatusNotFound, kind: KindNotFound,
		Words: "No submission, outcome or dead letter of this tenant is called so."},
	{Type: "/v1/problems#busy", Title: "too many applications are coming in", Status: http.StatusServiceUnavailable, kind: KindBusy,
		Words: "Send it again after Retry-After. Nothing was stored."},
	{Type: "/v1/problems#full", Title: "the queue is full", Status: http.StatusServiceUnavailable, kind: KindFull,
		Words: "The operator has to make room. Send it again after Retry-After; keep the application until then."},
	{Type: "/v1/problems#away", Title: "the queue does not answer", Status: http.StatusServiceUnavailable, kind: KindAway,
		Words: "Whether it was stored is not known: send it again under the same Idempotency-Key, and it is taken once."},
	{Type: "/v1/problems#no_door", Title: "there is no queue behind this server", Status: http.StatusNotImplemented, kind: KindNoDoor,
		Words: "It serves searches alone. assay serve takes applications, checks on the spot, and does what operators ask."},
	{Type: "/v1/problems#outdated", Title: "dead letter cannot be tried again", Status: http.StatusConflict, kind: KindOutdated,
		Words: "A newer submission of the application is there, or its subject named no application."},
	{Type: "/v1/problems#changed", Title: "it is not as it was", Status: http.StatusConflict, kind: KindChanged,
		Words: "What is to be erased is more or less than the dry run said. Look at it once more. Nothing was erased."},
	{Type: "/v1/problems#no_hook", Title: "this hook takes nothing yet", Status: http.StatusServiceUnavailable, kind: KindNoHook,
		Words: "There is no hook of this name, or its secret, or the key of the API that it asks, is not configured. The operator sees to it in the file of --hooks; what was notified has to be sent again."},
	{Type: "/v1/problems#signature", Title: "the notification is not signed for this hook", Status: http.StatusBadRequest, kind: KindSignature,
		Words: "The signature is missing, is by none of the hook's secrets, or is of another time or another body. Nothing was stored."},
	{Type: typeNoToken, Title: "a token is needed", Status: http.StatusUnauthorized,
		Words: "None was sent, or one that is not known, or no longer. Nothing was done."},
	{Type: typeNoRight, Title: "the token does not allow this", Status: http.StatusForbidden,
		Words: "detail names the right that is lacking, which the operator gives. Nothing was done."},
	{Type: typeBlind, Title: errBlind.Error(), Status: http.StatusForbidden,
		Words: "Who has signed in reads blind, and this names applicants. Lift it at /blind, with the right names, or ask with a token. Nothing was done."},
	{Type: typeTooMany, Title: "too many requests", Status: http.StatusTooManyRequests,
		Words: "This caller asks faster than he may, or has more in hand. Ask again after Retry-After. Nothing was done."},
	{Type: typeClosed, Title: "the connection was closed before the answer", Status: http.StatusBadRequest,
		Words: "What was asked for may have been done or not: ask again, and hand in under the same Idempotency-Key. Keep the connection open in both directions until the answer is there."},
	{Type: typeIndexAway, Title: "index does not answer now", Status: http.StatusServiceUnavailable,
		Words: "Ask again after Retry-After. What is handed in waits on the queue."},
	{Type: typeIssuerAway, Title: ErrIssuerAway.Error(), Status: http.StatusServiceUnavailable,
		Words: "Ask again after Retry-After. Tokens of the file of tokens are good all the same."},
	{Type: typeNoIssuers, Title: errNoIssuers.Error(), Status: http.StatusServiceUnavailable,
		Words: "This server is not connected to the queue, where decisions on issuers are kept."},
}

// Types of problems that are no door's.
const (
	typeNoToken    = "/v1/problems#no_token"
	typeNoRight    = "/v1/problems#no_right"
	typeBlind      = "/v1/problems#blind"
	typeTooMany    = "/v1/problems#too_many"
	typeClosed     = "/v1/problems#closed"
	typeIndexAway  = "/v1/problems#index_away"
	typeIssuerAway = "/v1/problems#issuer_away"
	typeNoIssuers  = "/v1/problems#no_issuers"
)

// DoorError is what the door for applications cannot do.
type DoorError struct {
	Kind   Kind
	Member string // of the submission, by its path
	Detail string // for whoever asked
	Err    error  // for the log; nil where the caller did it
}

// Error gives the detail, or what lies behind it.
func (e *DoorError) Error() string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return string(e.Kind) + ": " + e.Detail
}

// Unwrap gives what lies behind.
func (e *DoorError) Unwrap() error { return e.Err }

func (e *DoorError) problem(w http.ResponseWriter) problem {
	for _, t := range problemTypes {
		if t.kind != e.Kind {
			continue
		}
		if t.Status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "5")
		}
		return problem{Type: t.Type, Title: t.Title, Status: t.Status, Detail: e.Detail, Member: e.Member}
	}
	return problem{Status: http.StatusInternalServerError, Title: "internal error"}
}

func (h *handler) listProblems(*asked) (any, error) {
	return map[string]any{"problems": problemTypes}, nil
}

// errNoDoor: the server has no queue.
var errNoDoor = &DoorError{Kind: KindNoDoor, Detail: "this server has no queue: assay serve has"}
