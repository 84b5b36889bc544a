// net/http with a Transport that keeps as many idle connections as there are workers, on one OS thread of Go code.
package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"peers/report"
)

// Requests each connection makes before anything is measured.
const warmUpRequests = 2

type job struct {
	client  *http.Client
	url     string
	expect  int64
	buffers [][]byte
}

// fetch gives the body's length when the answer is a 200.
func (j *job) fetch(buffer []byte) (int64, error) {
	response, err := j.client.Get(j.url)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	var size int64
	for {
		n, err := response.Body.Read(buffer)
		size += int64(n)
		if err == io.EOF {
			break
		}
		if err != nil {
			return size, err
		}
	}
	if response.StatusCode != 200 || size != j.expect {
		return size, fmt.Errorf("status %d, %d bytes", response.StatusCode, size)
	}
	return size, nil
}

func (j *job) run(requests int64) (done, bytes int64) {
	var all sync.WaitGroup
	left := requests
	for i := range j.buffers {
		all.Add(1)
		go func(buffer []byte) {
			defer all.Done()
			for atomic.AddInt64(&left, -1) >= 0 {
				size, err := j.fetch(buffer)
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					continue
				}
				atomic.AddInt64(&done, 1)
				atomic.AddInt64(&bytes, size)
			}
		}(j.buffers[i])
	}
	all.Wait()
	return done, bytes
}

func main() {
	url := flag.String("url", "", "http://HOST:PORT/PATH")
	connections := flag.Int("connections", 1, "connections")
	requests := flag.Int64("requests", 1, "requests")
	expect := flag.Int64("expect", 0, "length of every body")
	flag.Parse()
	runtime.GOMAXPROCS(1)

	transport := &http.Transport{
		MaxIdleConns:        *connections,
		MaxIdleConnsPerHost: *connections,
		MaxConnsPerHost:     *connections,
		DisableCompression:  true,
	}
	j := &job{client: &http.Client{Transport: transport}, url: *url, expect: *expect}
	// A body is read into the worker's own buffer: io.Discard would read 8 KiB at a time.
	room := *expect + 1
	if room > 64<<10 {
		room = 64 << 10
	}
	for i := 0; i < *connections; i++ {
		j.buffers = append(j.buffers, make([]byte, room))
	}

	warmUp := int64(*connections) * warmUpRequests
	warm, _ := j.run(warmUp)
	before := report.Now()
	done, bytes := j.run(*requests)
	spent := report.Since(before)
	errors := (warmUp - warm) + (*requests - done)
	report.Print(spent, map[string]any{"requests": done, "bytes": bytes, "errors": errors})
	if errors != 0 {
		os.Exit(1)
	}
}
