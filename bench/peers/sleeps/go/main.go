// COUNT goroutines that each sleep once, on one OS thread of Go code.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

type usage struct{ wall, user, system float64 }

var start = time.Now()

func now() usage {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)*1e-6 }
	return usage{time.Since(start).Seconds(), seconds(r.Utime), seconds(r.Stime)}
}

func peakRSS() (kib uint64) {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "VmHWM:") {
			fmt.Sscanf(lines.Text(), "VmHWM: %d", &kib)
		}
	}
	return kib
}

func main() {
	count := flag.Int("count", 1, "how many sleeps")
	seconds := flag.Int("seconds", 1, "how long each")
	flag.Parse()
	runtime.GOMAXPROCS(1)

	nominal := time.Duration(*seconds) * time.Second
	before := now()
	var all sync.WaitGroup
	all.Add(*count)
	for i := 0; i < *count; i++ {
		go func() {
			time.Sleep(nominal)
			all.Done()
		}()
	}
	all.Wait()
	after := now()
	wall := after.wall - before.wall
	fmt.Printf("{\"version\": \"Go %s\", \"count\": %d, \"seconds\": %d, \"over_ms\": %.3f, \"wall_s\": %.6f, \"user_s\": %.6f, \"sys_s\": %.6f, "+
		"\"peak_rss_kib\": %d}\n", strings.TrimPrefix(runtime.Version(), "go"), *count, *seconds, (wall-nominal.Seconds())*1e3, wall,
		after.user-before.user, after.system-before.system, peakRSS())
}
