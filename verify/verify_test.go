package verify

import (
	"time"

	"assay/verify/verifytest"
)

func clock() time.Time { return verifytest.Now }
