package hooks

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"assay/verify/fetch"
	"assay/verify/read"

	"golang.org/x/time/rate"
)

// Errors of asking a hiring system.
var (
	errAPI  = errors.New("the hiring system's API gives no answer")
	errGone = errors.New("the hiring system has nothing of that id")
)

// Bounds of asking.
const (
	maxAnswer  = 8 << 20
	maxPause   = 30 * time.Second // that is waited where the API asks for a pause
	pauseTries = 3
)

// client asks the API of one hiring system with one key, at that host alone.
type client struct {
	api    *API
	key    string
	client *fetch.Client
	turn   *rate.Limiter
	now    func() time.Time
	sleep  func(context.Context, time.Duration) error
}

// address is where a path below the API's address lies, for people: without the key it
// tells nobody anything.
func (c *client) address(path string) string { return strings.TrimSuffix(c.api.URL, "/") + path }

// ask asks for a path below the API's address.
func (c *client) ask(ctx context.Context, method, path string, body []byte, most int64) (*fetch.Response, error) {
	if c.key == "" || c.api.URL == "" {
		return nil, fmt.Errorf("%w: it has no key here", errAPI)
	}
	if !strings.HasPrefix(path, "/") || strings.Contains(path, "//") || strings.Contains(path, "..") || len(path) > 2048 ||
		strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' || r == '@' || r == '#' }) {
		return nil, fmt.Errorf("%w: a path that is none", errMapping)
	}
	h := http.Header{"Accept": {"application/json"}}
	for k, v := range c.api.Header {
		h.Set(k, v)
	}
	switch name, before, _ := strings.Cut(strings.TrimPrefix(c.api.Auth, "header "), ":"); c.api.Auth {
	case "basic":
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.key+":")))
	case "bearer":
		h.Set("Authorization", "Bearer "+c.key)
	default:
		h.Set(strings.TrimSpace(name), strings.TrimPrefix(before, " ")+c.key)
	}
	if body != nil {
		h.Set("Content-Type", "application/json")
	}
	for try := 0; ; try++ {
		now := c.now()
		r := c.turn.ReserveN(now, 1)
		if err := c.sleep(ctx, r.DelayFrom(now)); err != nil {
			return nil, err
		}
		res, err := c.client.Send(ctx, fetch.Message{Method: method, URL: c.address(path), Header: h, Body: body, MaxBytes: most})
		switch {
		case err != nil:
			return nil, fmt.Errorf("%w: %w", errAPI, err)
		case res.Status == http.StatusNotFound || res.Status == http.StatusGone:
			return nil, errGone
		case res.Status == http.StatusTooManyRequests && try < pauseTries:
			wait := time.Second
			if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && n > 0 {
				wait = min(time.Duration(n)*time.Second, maxPause)
			}
			if err := c.sleep(ctx, wait); err != nil {
				return nil, err
			}
		case res.Status >= 300 && res.Status < 400:
			return res, nil
		case res.Status < 200 || res.Status > 299:
			return nil, fmt.Errorf("%w: status %d", errAPI, res.Status)
		default:
			return res, nil
		}
	}
}

// json asks for JSON.
func (c *client) json(ctx context.Context, method, path string, body []byte) (any, error) {
	res, err := c.ask(ctx, method, path, body, maxAnswer)
	if err != nil {
		return nil, err
	}
	if res.Status > 299 {
		return nil, fmt.Errorf("%w: it leads elsewhere", errAPI)
	}
	v, err := read.Parse(res.Body, read.Limits{Bytes: maxAnswer})
	if err != nil {
		return nil, fmt.Errorf("%w that is JSON", errAPI)
	}
	return native(v), nil
}

// fetch asks for what a mapping wants to know of an event before it says what is what.
func (c *client) fetch(ctx context.Context, m *Mapping, v *vars) error {
	for i := range m.Fetch {
		s := &m.Fetch[i]
		items := []any{nil}
		if s.each != nil {
			x, err := v.of(ctx, s.each)
			if err != nil {
				return err
			}
			items, _ = x.([]any)
			items = items[:min(len(items), maxEach)]
		}
		list := []any{}
		for _, item := range items {
			v.item = item
			path, err := v.text(ctx, s.path)
			if err != nil {
				return err
			}
			var body []byte
			if s.body != nil {
				x, err := v.of(ctx, s.body)
				if err != nil {
					return err
				}
				if body, err = json.Marshal(x); err != nil {
					return err
				}
			}
			method := s.Method
			if method == "" {
				method = http.MethodGet
			}
			x, err := c.json(ctx, method, path, body)
			if err != nil {
				return err
			}
			list = append(list, x)
		}
		v.item = nil
		if s.each != nil {
			v.got[s.As] = list
		} else {
			v.got[s.As] = list[0]
		}
	}
	return nil
}
