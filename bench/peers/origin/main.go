// Origin is the server that every contender of the benchmark leads to. It does as little as an
// HTTP server can, so that it is not what is measured:
//
//	GET  /1k       1 KiB: "0123456789abcdef", 64 times
//	GET  /bytes/N  N bytes, streamed
//	POST /sink     swallows the body and answers {"bytes":N}
//	GET  /events   server-sent events: one at once, then one every ?every=1s, or silence
//	GET  /socket   WebSocket: one message, then silence
//	GET  /served   the names of all requests with ?client=NAME that are being served
//
// Once it listens it prints one line, {"address":"host:port"}.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const chunkBytes = 256 << 10

var (
	small = []byte(strings.Repeat("0123456789abcdef", 64))
	chunk = make([]byte, chunkBytes)
)

func oneKiB(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h["Content-Type"] = []string{"application/octet-stream"}
	h["Content-Length"] = []string{"1024"}
	w.Write(small)
}

func stream(w http.ResponseWriter, r *http.Request) {
	left, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil || left < 0 {
		http.Error(w, "/bytes/N: N must be a whole number of bytes", http.StatusBadRequest)
		return
	}
	defer serving(r)()
	h := w.Header()
	h["Content-Type"] = []string{"application/octet-stream"}
	h["Content-Length"] = []string{strconv.FormatInt(left, 10)}
	for left > 0 {
		n := min(left, chunkBytes)
		if _, err := w.Write(chunk[:n]); err != nil {
			return
		}
		left -= n
	}
}

func sink(w http.ResponseWriter, r *http.Request) {
	buffer := make([]byte, chunkBytes)
	var total int64
	for {
		n, err := r.Body.Read(buffer)
		total += int64(n)
		if err == io.EOF {
			break
		}
		if err != nil {
			http.Error(w, "the body broke off: "+err.Error(), http.StatusBadRequest)
			return
		}
	}
	w.Header()["Content-Type"] = []string{"application/json"}
	fmt.Fprintf(w, `{"bytes":%d}`, total)
}

func main() {
	address := flag.String("listen", "127.0.0.1:0", "host:port, port 0 for a free one")
	flag.Parse()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /1k", oneKiB)
	mux.HandleFunc("GET /bytes/{n}", stream)
	mux.HandleFunc("POST /sink", sink)
	mux.HandleFunc("GET /events", events)
	mux.HandleFunc("GET /socket", socket)
	mux.HandleFunc("GET /served", listServed)
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("{\"address\":%q}\n", listener.Addr())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 30 * time.Second}
	log.Fatal(server.Serve(listener))
}
