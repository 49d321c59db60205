package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Longer control frames are not allowed (RFC 6455 section 5.5).
const maxControlBytes = 125

// The names of the requests with ?client=NAME that are being served.
var served sync.Map

func serving(r *http.Request) (done func()) {
	name := r.URL.Query().Get("client")
	if name == "" {
		return func() {}
	}
	served.Store(name, true)
	return func() { served.Delete(name) }
}

func listServed(w http.ResponseWriter, _ *http.Request) {
	names := []string{}
	served.Range(func(name, _ any) bool {
		names = append(names, name.(string))
		return true
	})
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(names)
}

func events(w http.ResponseWriter, r *http.Request) {
	defer serving(r)()
	// Without a period the channel stays nil, and nobody ever sends on it.
	var tick <-chan time.Time
	if every, err := time.ParseDuration(r.URL.Query().Get("every")); err == nil && every > 0 {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		tick = ticker.C
	}
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	for {
		if _, err := io.WriteString(w, "data: here\n\n"); err != nil || out.Flush() != nil {
			return
		}
		select {
		case <-tick:
		case <-r.Context().Done():
			return
		}
	}
}

func socket(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Sec-WebSocket-Key")
	if key == "" || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		http.Error(w, "/socket: only a WebSocket upgrade (RFC 6455)", http.StatusBadRequest)
		return
	}
	conn, stream, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer serving(r)()
	defer conn.Close()
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(stream, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"+
		"Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(sum[:]))
	stream.WriteString("\x81\x04here")
	for stream.Flush() == nil {
		code, payload, err := readFrame(stream.Reader)
		if err != nil {
			return
		}
		switch code {
		case 8:
			stream.Write(append([]byte{0x88, byte(len(payload))}, payload...))
			stream.Flush()
			return
		case 9:
			stream.Write(append([]byte{0x8a, byte(len(payload))}, payload...))
		}
	}
}

// readFrame returns the payload of control frames and swallows all others (RFC 6455 section 5.2).
func readFrame(in *bufio.Reader) (code byte, payload []byte, err error) {
	var head [2]byte
	if _, err = io.ReadFull(in, head[:]); err != nil {
		return
	}
	code = head[0] & 15
	length := uint64(head[1] & 127)
	switch length {
	case 126:
		var long uint16
		err = binary.Read(in, binary.BigEndian, &long)
		length = uint64(long)
	case 127:
		err = binary.Read(in, binary.BigEndian, &length)
	}
	if err != nil {
		return
	}
	var mask [4]byte
	if head[1]&128 != 0 {
		if _, err = io.ReadFull(in, mask[:]); err != nil {
			return
		}
	}
	if code < 8 {
		_, err = io.CopyN(io.Discard, in, int64(length))
		return
	}
	if length > maxControlBytes {
		err = fmt.Errorf("a control frame of %d bytes", length)
		return
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(in, payload)
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return
}
