"""Signs with Ed25519 keys that stay in a token, by its PKCS#11 module. Node can load no module without
native code.

    pkcs11.py MODULE     a request a line on standard input, an answer a line on standard output

    open LABEL PIN       -> ok                  the token of that label, for as long as this process lives
    make LABEL           -> ok PUBLIC           a new key in it: not to be read out, named for people
    sign PUBLIC MESSAGE  -> ok SIGNATURE
                         -> error CODE WORDS    CODE: token, token-pin or token-key

All of it is in hex, but for CODE and WORDS. Structures and numbers are those of PKCS#11 2.40 and, for
Edwards curves, 3.0. A module that does not come back in CALL_S ends this process, as any fault but a missing
key does: whoever asks starts another one.
"""
import ctypes
import os
import signal
import sys

CALL_S = 10

OK = 0x0
PIN_INCORRECT, PIN_LOCKED = 0xA0, 0xA4
SERIAL_SESSION, RW_SESSION = 0x4, 0x2
USER = 1
PUBLIC_KEY, PRIVATE_KEY = 2, 3
EC_EDWARDS = 0x40
EC_EDWARDS_KEY_PAIR_GEN, EDDSA = 0x1055, 0x1057
CLASS, TOKEN, PRIVATE, LABEL, KEY_TYPE, ID = 0x0, 0x1, 0x2, 0x3, 0x100, 0x102
SENSITIVE, SIGN, VERIFY, EXTRACTABLE = 0x103, 0x108, 0x10A, 0x162
EC_PARAMS, EC_POINT = 0x180, 0x181
# One wrong PIN more locks the token; it is locked.
FINAL_TRY, LOCKED = 0x20000, 0x40000

# The object identifier 1.3.101.112 (RFC 8410), and the head of an OCTET STRING of 32 bytes.
ED25519 = bytes.fromhex("06032b6570")
OCTET_STRING = bytes.fromhex("0420")
SIGNATURE_BYTES = 64

# Places in CK_FUNCTION_LIST.
FUNCTIONS = {
    "C_Initialize": 0,
    "C_GetSlotList": 4,
    "C_GetTokenInfo": 6,
    "C_OpenSession": 12,
    "C_Login": 18,
    "C_GetAttributeValue": 24,
    "C_FindObjectsInit": 26,
    "C_FindObjects": 27,
    "C_FindObjectsFinal": 28,
    "C_SignInit": 42,
    "C_Sign": 43,
    "C_GenerateKeyPair": 59,
}
FUNCTIONS_MAX = 68

ulong = ctypes.c_ulong


class FunctionList(ctypes.Structure):
    _fields_ = [("version", ctypes.c_ubyte * 2), ("functions", ctypes.c_void_p * FUNCTIONS_MAX)]


class TokenInfo(ctypes.Structure):
    _fields_ = [
        ("label", ctypes.c_char * 32),
        ("manufacturer", ctypes.c_char * 32),
        ("model", ctypes.c_char * 16),
        ("serial", ctypes.c_char * 16),
        ("flags", ulong),
        ("counts", ulong * 10),
        ("versions", ctypes.c_ubyte * 4),
        ("utc", ctypes.c_char * 16),
    ]


class Attribute(ctypes.Structure):
    _fields_ = [("type", ulong), ("value", ctypes.c_void_p), ("length", ulong)]


class Mechanism(ctypes.Structure):
    _fields_ = [("type", ulong), ("parameter", ctypes.c_void_p), ("length", ulong)]


class Fault(Exception):
    def __init__(self, code, words):
        super().__init__(words)
        self.code = code


def template(values):
    """Attributes with their values: a number, a truth, or bytes."""
    attributes = (Attribute * len(values))()
    kept = []
    for attribute, (kind, value) in zip(attributes, values.items()):
        if isinstance(value, bool):
            raw = bytes([value])
        elif isinstance(value, int):
            raw = bytes(ulong(value))
        else:
            raw = value
        buffer = ctypes.create_string_buffer(raw, len(raw))
        kept.append(buffer)
        attribute.type, attribute.value, attribute.length = kind, ctypes.addressof(buffer), len(raw)
    attributes.kept = kept
    return attributes


class Token:
    def __init__(self, module):
        try:
            library = ctypes.CDLL(module)
            pointer = ctypes.POINTER(FunctionList)()
            if library.C_GetFunctionList(ctypes.byref(pointer)) != OK:
                raise Fault("token", f"the module {module} has no functions")
        except (OSError, AttributeError):
            raise Fault("token", f"the module {module} cannot be loaded") from None
        call = ctypes.CFUNCTYPE(ulong)
        self.functions = {name: call(pointer.contents.functions[at]) for name, at in FUNCTIONS.items()}
        self.session = None
        self.keys = {}
        self.do("C_Initialize", None)

    def do(self, name, *arguments):
        result = self.result(name, *arguments)
        if result != OK:
            raise Fault("token", f"the module says 0x{result:x} to {name}")

    def result(self, name, *arguments):
        signal.alarm(CALL_S)
        # Numbers are those of C's unsigned long, and not its int.
        result = self.functions[name](*(ulong(each) if isinstance(each, int) else each for each in arguments))
        signal.alarm(0)
        return result

    def open(self, label, pin):
        slot, flags = self.slot_of(label)
        if flags & (FINAL_TRY | LOCKED):
            raise Fault("token-pin", f"token {label}: its PIN is locked, or one wrong PIN more would lock it")
        session = ulong()
        self.do("C_OpenSession", slot, SERIAL_SESSION | RW_SESSION, None, None, ctypes.byref(session))
        self.session = session.value
        result = self.result("C_Login", self.session, USER, pin, len(pin))
        if result == PIN_INCORRECT or result == PIN_LOCKED or result in (0xA1, 0xA2):
            raise Fault("token-pin", f"token {label} does not take this PIN")
        if result != OK:
            raise Fault("token", f"token {label}: the module says 0x{result:x} to C_Login")
        return b""

    def slot_of(self, label):
        count = ulong()
        self.do("C_GetSlotList", 1, None, ctypes.byref(count))
        slots = (ulong * max(1, count.value))()
        self.do("C_GetSlotList", 1, slots, ctypes.byref(count))
        found = []
        for slot in slots[: count.value]:
            info = TokenInfo()
            self.do("C_GetTokenInfo", slot, ctypes.byref(info))
            name = bytes(info)[:32].decode("utf8", "replace").rstrip(" \0")
            if name == label:
                found.append((slot, info.flags))
        if len(found) == 1:
            return found[0]
        raise Fault("token", f"there is no token {label}" if not found else f"several tokens are called {label}")

    def find(self, values):
        attributes, found, count = template(values), ulong(), ulong()
        self.do("C_FindObjectsInit", self.session, attributes, len(attributes))
        self.do("C_FindObjects", self.session, ctypes.byref(found), 1, ctypes.byref(count))
        self.do("C_FindObjectsFinal", self.session)
        return found.value if count.value else None

    def value(self, handle, kind):
        buffer = ctypes.create_string_buffer(256)
        attributes = (Attribute * 1)(Attribute(kind, ctypes.addressof(buffer), len(buffer)))
        self.do("C_GetAttributeValue", self.session, handle, attributes, 1)
        return buffer.raw[: attributes[0].length]

    def key(self, public):
        """The private key of a public one: both have one CKA_ID."""
        if public not in self.keys:
            known = self.find({CLASS: PUBLIC_KEY, EC_POINT: OCTET_STRING + public})
            handle = known and self.find({CLASS: PRIVATE_KEY, ID: self.value(known, ID)})
            if not handle:
                raise Fault("token-key", f"the token has no key {public[:8].hex()}")
            self.keys[public] = handle
        return self.keys[public]

    def make(self, label):
        both = {TOKEN: True, LABEL: label.encode("utf8"), ID: os.urandom(16)}
        public = template({**both, PRIVATE: False, VERIFY: True, EC_PARAMS: ED25519})
        private = template({**both, PRIVATE: True, SENSITIVE: True, EXTRACTABLE: False, SIGN: True})
        mechanism, handles = Mechanism(EC_EDWARDS_KEY_PAIR_GEN, None, 0), (ulong(), ulong())
        self.do(
            "C_GenerateKeyPair",
            self.session,
            ctypes.byref(mechanism),
            *(public, len(public), private, len(private)),
            *(ctypes.byref(handle) for handle in handles),
        )
        return self.value(handles[0].value, EC_POINT)[-32:]

    def sign(self, public, message):
        mechanism, length = Mechanism(EDDSA, None, 0), ulong(SIGNATURE_BYTES)
        signature = ctypes.create_string_buffer(SIGNATURE_BYTES)
        self.do("C_SignInit", self.session, ctypes.byref(mechanism), self.key(public))
        self.do("C_Sign", self.session, message, len(message), signature, ctypes.byref(length))
        return signature.raw


def text(word):
    return bytes.fromhex(word).decode("utf8")


def answer(token, words):
    request, *arguments = words
    if request == "open":
        return token.open(text(arguments[0]), bytes.fromhex(arguments[1]))
    if request == "make":
        return token.make(text(arguments[0]))
    return token.sign(*map(bytes.fromhex, arguments))


def main():
    # It ends with its standard input, after what is under way: a Ctrl-C is for whoever asks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    token = None
    for line in sys.stdin:
        try:
            token = token or Token(sys.argv[1])
            said = f"ok {answer(token, line.split()).hex()}"
        except Fault as fault:
            said = f"error {fault.code} {fault}"
        sys.stdout.write(said + "\n")
        sys.stdout.flush()
        if said.startswith("error") and " token-key " not in f"{said} ":
            return


main()
