/* Signatures and key agreement of hal/crypto.ts by the C of curve25519/, called by curve25519.ts. */
#include "buffers.h"
#include "curve25519/ed25519.h"
#include "curve25519/x25519.h"

static unsigned number(xsMachine *the, xsIntegerValue index, unsigned bound, char *what) {
	xsIntegerValue value = xsmcToInteger(xsArg(index));
	if (value < 0 || value >= (xsIntegerValue)bound) xsRangeError(what);
	return (unsigned)value;
}

/* The argument of that number, or 0 where it is left out: a board has one. */
static unsigned device(xsMachine *the, xsIntegerValue index) {
	return xsmcArgc > index ? number(the, index, ED25519_DEVICES, "device: there are not so many") : 0;
}

/* (key, seed) */
void xs_curve25519_ed25519_key(xsMachine *the) {
	uint8_t *key = output(the, ED25519_KEY_BYTES);
	const uint8_t *seed = inputOf(the, 1, ED25519_SEED_BYTES, "seed: must be 32 bytes");

	ed25519Key(key, seed);
}

/*
 * (signature, key, message). Under the public half as it stands in `key`, as libsodium: whoever can change
 * that half can have the secret. Deriving it anew, as the providers of a host do, would double the cost;
 * `key` never leaves the device's own memory.
 */
void xs_curve25519_ed25519_sign(xsMachine *the) {
	uint8_t *signature = output(the, ED25519_SIGNATURE_BYTES);
	const uint8_t *key = inputOf(the, 1, ED25519_KEY_BYTES, "signing key: must be 64 bytes");
	Buffer message = input(the, 2);

	ed25519Sign(signature, key, message.data, message.length);
}

/* (publicKey, place, device?): an empty key frees the place. */
void xs_curve25519_ed25519_prepare(xsMachine *the) {
	unsigned place = number(the, 1, ED25519_PLACES, "place: there are two");
	unsigned mine = device(the, 2);
	Buffer publicKey = input(the, 0);

	if (publicKey.length == ED25519_PUBLIC_BYTES) ed25519Prepare(mine, place, publicKey.data);
	else if (publicKey.length == 0) ed25519Forget(mine, place);
}

/* (publicKey, message, signature, device?): true when it is valid. */
void xs_curve25519_ed25519_verify(xsMachine *the) {
	unsigned mine = device(the, 3);
	Buffer publicKey = input(the, 0);
	Buffer message = input(the, 1);
	Buffer signature = input(the, 2);

	xsmcSetBoolean(xsResult, publicKey.length == ED25519_PUBLIC_BYTES &&
		signature.length == ED25519_SIGNATURE_BYTES &&
		ed25519Verify(mine, publicKey.data, message.data, message.length, signature.data));
}

/* (publicKey, secret) */
void xs_curve25519_x25519_public(xsMachine *the) {
	uint8_t *publicKey = output(the, X25519_BYTES);
	const uint8_t *secret = inputOf(the, 1, X25519_BYTES, "secret: must be 32 bytes");

	x25519PublicKey(publicKey, secret);
}

/* (shared, secret, publicKey): false when the shared secret is all zero. */
void xs_curve25519_x25519(xsMachine *the) {
	uint8_t *shared = output(the, X25519_BYTES);
	const uint8_t *secret = inputOf(the, 1, X25519_BYTES, "secret: must be 32 bytes");
	const uint8_t *publicKey = inputOf(the, 2, X25519_BYTES, "public key: must be 32 bytes");

	xsmcSetBoolean(xsResult, x25519Shared(shared, secret, publicKey));
}

/* (publicKey, ed25519PublicKey): false for y = 1. */
void xs_curve25519_x25519_public_of(xsMachine *the) {
	uint8_t *publicKey = output(the, X25519_BYTES);
	const uint8_t *ed25519 = inputOf(the, 1, X25519_BYTES, "public key: must be 32 bytes");

	xsmcSetBoolean(xsResult, x25519OfEd25519(publicKey, ed25519));
}
