//go:build race

package extract

// raceDetector tells that memory is not what it is without.
const raceDetector = true
