/* A case of whole operations with libsodium's answers, as it lies in a file: bytes alone, so without gaps. */
#ifndef WHOLE_H
#define WHOLE_H

#include <stdint.h>

#define MESSAGE_BYTES_MAX 200
/* Key, signature, verdict with a table and without, X25519 public key, shared secret. */
#define OPERATIONS_OF_A_CASE 6

typedef struct {
	uint8_t publicKey[32], signature[64], message[MESSAGE_BYTES_MAX], length;
} Attempt;

typedef struct {
	uint8_t seed[32], key[64];
	Attempt honest, spoiled;
	uint8_t isValid;
	uint8_t secret[32], peer[32], publicKey[32], shared[32], isShared;
} WholeCase;

#endif
