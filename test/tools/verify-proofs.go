// Verifies proofs of C2SP tlog-proof by Go's own packages: verify-proofs POLICY FILE...
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"os"
	"strconv"
	"strings"
)

// A cosigner verifies what the package does not know: over the time and the checkpoint.
type cosigner struct {
	name, key string
	hash      uint32
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify([]byte(c.key), append([]byte(head), msg...), sig[8:])
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	keys := []note.Verifier{}
	for _, line := range strings.Split(string(must(os.ReadFile(os.Args[1]))), "\n") {
		if words := strings.Fields(line + " . . ."); words[0] == "log" {
			keys = append(keys, must(note.NewVerifier(words[1])))
		} else if part := strings.SplitN(words[2], "+", 3); words[0] == "witness" {
			key := string(must(base64.StdEncoding.DecodeString(part[2]))[1:])
			keys = append(keys, cosigner{part[0], key, uint32(must(strconv.ParseUint(part[1], 16, 32)))})
		}
	}
	for _, file := range os.Args[2:] {
		head, checkpoint, _ := strings.Cut(string(must(os.ReadFile(file))), "\n\n")
		lines, index, proof := strings.Split(head, "\n"), int64(0), tlog.RecordProof{}
		entry := must(base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra ")))[:72]
		must(fmt.Sscanf(lines[2], "index %d", &index))
		for _, line := range lines[3:] {
			proof = append(proof, must(tlog.ParseHash(line)))
		}
		signed := must(note.Open([]byte(checkpoint), note.VerifierList(keys...)))
		_, text, _ := strings.Cut(signed.Text, "\n") // the package knows one log, which has this name
		tree := must(tlog.ParseTree([]byte("go.sum database tree\n" + text)))
		err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
		fmt.Println(must("accepted", err), len(signed.Sigs), file)
	}
}
