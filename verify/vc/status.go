package vc

import "assay/verify/verdict"

func (c *credential) status() { c.v.Aspects.Status = verdict.Aspect{State: verdict.None} }
