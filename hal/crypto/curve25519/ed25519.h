/*
 * Ed25519 (RFC 8032), faster on processors of 32 bits than libsodium's, and with its verdict on every
 * signature: cofactorless, S below L, no public key that is not canonical, no public key and no R of small
 * order.
 */
#ifndef TAPNOTE_ED25519_H
#define TAPNOTE_ED25519_H

#include <stddef.h>
#include <stdint.h>

#define ED25519_SEED_BYTES 32
#define ED25519_PUBLIC_BYTES 32
#define ED25519_KEY_BYTES 64
#define ED25519_SIGNATURE_BYTES 64

/* Tables of public keys, 5,316 bytes each: so many for each device that runs in this program. */
#define ED25519_PLACES 2
#ifndef ED25519_DEVICES
#define ED25519_DEVICES 1
#endif

/* (seed, public key) from a seed. */
void ed25519Key(uint8_t *key, const uint8_t *seed);
void ed25519Sign(uint8_t *signature, const uint8_t *key, const uint8_t *message, size_t length);
/*
 * Has a table made of a public key, in one of the places of a device, for signatures under it that will come.
 * No verdict changes by it. A key that encodes no point leaves the place empty.
 */
void ed25519Prepare(unsigned device, unsigned place, const uint8_t *publicKey);
void ed25519Forget(unsigned device, unsigned place);
/* 1 when it is valid. With a table of the device where there is one of this key. */
int ed25519Verify(unsigned device, const uint8_t *publicKey, const uint8_t *message, size_t length,
	const uint8_t *signature);

#endif
