package market

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"unicode"

	_ "modernc.org/sqlite" // only tests may: TestGoMod
)

// bm25 is the baseline: a full-text index with BM25 over the badges that count, as a
// recruiter's tool of ten lines has it: all words, and any where nobody has all.
func bm25(t *testing.T, people []Person) Ranking {
	t.Helper()
	db, err := sql.Open("sqlite", "file:market?mode=memory")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.Exec(`CREATE VIRTUAL TABLE texts USING fts5(id UNINDEXED, text)`); err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for i := range people {
		if _, err := tx.Exec(`INSERT INTO texts VALUES (?, ?)`, people[i].ID, people[i].text()); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	ask := func(ctx context.Context, match string) ([]string, error) {
		rows, err := db.QueryContext(ctx, `SELECT id FROM texts WHERE texts MATCH ? ORDER BY bm25(texts), id`, match)
		if err != nil {
			return nil, err
		}
		defer func() { _ = rows.Close() }()
		var out []string
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return nil, err
			}
			out = append(out, id)
		}
		return out, rows.Err()
	}
	return func(ctx context.Context, _, question string) ([]string, error) {
		words := strings.FieldsFunc(question, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if len(words) == 0 {
			return nil, nil
		}
		for i, w := range words {
			words[i] = `"` + w + `"`
		}
		out, err := ask(ctx, strings.Join(words, " AND "))
		if err == nil && len(out) == 0 {
			return ask(ctx, strings.Join(words, " OR "))
		}
		return out, err
	}
}

// text is what somebody's badges that count say: names, tags, issuers, descriptions.
func (p *Person) text() string {
	var out []string
	for i := range p.Held {
		if !p.Held[i].Counts() {
			continue
		}
		v := verdictOf(&p.Held[i])
		c := &v.Credential
		out = append(append(append(out, c.Name), c.Tags...), c.Issuer.Name, c.Description)
		for _, a := range c.Alignments {
			out = append(out, a.TargetName)
		}
	}
	return strings.Join(out, "\n")
}
