// COUNT goroutines that each sleep once, on one OS thread of Go code.
package main

import (
	"flag"
	"runtime"
	"sync"
	"time"

	"peers/report"
)

func main() {
	count := flag.Int("count", 1, "how many sleeps")
	seconds := flag.Int("seconds", 1, "how long each")
	flag.Parse()
	runtime.GOMAXPROCS(1)

	nominal := time.Duration(*seconds) * time.Second
	before := report.Now()
	var all sync.WaitGroup
	all.Add(*count)
	for i := 0; i < *count; i++ {
		go func() {
			time.Sleep(nominal)
			all.Done()
		}()
	}
	all.Wait()
	spent := report.Since(before)
	over := (spent.Wall - nominal.Seconds()) * 1e3
	report.Print(spent, map[string]any{"count": *count, "seconds": *seconds, "over_ms": over})
}
