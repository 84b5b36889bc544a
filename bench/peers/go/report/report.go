// Package report is what the Go peers share: the clocks, the peak of memory and the report line, as support.hpp has them for C++.
package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Usage is the time the whole process has spent, all threads, kernel time included.
type Usage struct{ Wall, User, System float64 }

var start = time.Now()

// Now gives what has been spent so far.
func Now() Usage {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)*1e-6 }
	return Usage{time.Since(start).Seconds(), seconds(r.Utime), seconds(r.Stime)}
}

// Since gives what has been spent since `before`.
func Since(before Usage) Usage {
	after := Now()
	return Usage{after.Wall - before.Wall, after.User - before.User, after.System - before.System}
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

// Print writes the report line: what every peer tells, and the fields that belong to this one.
func Print(spent Usage, fields map[string]any) {
	fields["version"] = "Go " + strings.TrimPrefix(runtime.Version(), "go")
	fields["wall_s"], fields["user_s"], fields["sys_s"] = spent.Wall, spent.User, spent.System
	fields["peak_rss_kib"] = peakRSS()
	line, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}
