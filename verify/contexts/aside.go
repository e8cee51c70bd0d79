package contexts

import "context"

// aside is a Keeper beside another: what that one keeps is read, and nothing is put
// there.
type aside struct {
	Memory
	of Keeper
}

// Aside gives a Keeper that reads what k keeps and keeps nothing there: what is new
// lasts as long as the process. It is for questions of which nothing is to be kept.
func Aside(k Keeper) Keeper { return &aside{of: k} }

// Get is [Keeper.Get].
func (a *aside) Get(ctx context.Context, name string) ([]byte, error) {
	if b, err := a.of.Get(ctx, name); b != nil || err != nil {
		return b, err
	}
	return a.Memory.Get(ctx, name)
}
