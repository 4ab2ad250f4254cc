/* X25519, RFC 7748. */
#ifndef TAPNOTE_X25519_H
#define TAPNOTE_X25519_H

#include <stdint.h>

#define X25519_BYTES 32

void x25519PublicKey(uint8_t *publicKey, const uint8_t *secret);
/* 0 when the shared secret is all zero: for a public key of low order. */
int x25519Shared(uint8_t *shared, const uint8_t *secret, const uint8_t *publicKey);
/* u = (1 + y) / (1 - y), section 4.1, of an Ed25519 public key; 0 for y = 1, which has none. */
int x25519OfEd25519(uint8_t *publicKey, const uint8_t *ed25519);

#endif
