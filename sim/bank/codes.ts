/** Every way in which the bank says no. The codes are stable: users meet them in answers and logs. */
export type BankErrorCode =
  | 'malformed' // the request is not what the method takes
  | 'unknown-operator'
  | 'unknown-account'
  | 'unknown-device'
  | 'unknown-payment' // no such payment in the device's journal, as far as it has come here
  | 'unknown-session' // never opened, ended, or forgotten after a long silence
  | 'unknown-method'
  | 'unknown-file' // no log has it
  | 'amount' // not a whole number of minor units from 1 to 2^31-1
  | 'funds' // the account does not have that much
  | 'quota' // the operator's frozen reserves do not back that much (R18)
  | 'unauthorized' // the counter is for whoever has its token
  | 'key-reused' // an idempotency key that came with another request before
  | 'too-many' // requests in too short a time
  | 'content-type' // the body is to be application/cbor
  | 'ahead' // the books were put back, and know nothing of the last settlement of this device
  | 'backup' // a database on a server is backed up by its own tools
  | 'currency' // a bank that exists has another; or a device to which money is given
  | 'lost-money' // a bank that exists has another rule for what is on lost devices
  | 'targets' // the device has targeted money of as many kinds as a wallet looks at
  | 'version' // the books were written by another version of tapnote
  | 'key' // a key is malformed, of small order or outside the prime-order subgroup, or is taken
  | 'unanswered' // no receipt of the payee's names this transfer, as far as the bank has seen
  | 'unproven' // what the bank has does not prove the payment to somebody else
  | 'unlogged' // the log of the payment's operator does not show it, or does not yet
  | 'held' // a device of the account was convicted, and claims against it may still come in
  | 'possession' // the signature over the challenge is wrong, or the challenge is used or old
  | 'unregistered' // a withdrawal password is for devices of nobody known, and for nobody else's
  | 'password' // the withdrawal password is wrong
  | 'password-locked' // too many wrong ones: none is taken for a day
  | 'suspended' // the device is stopped
  | 'not-suspended' // it is not, or for a reason that is not lifted at the counter
  | 'not-ahead' // the books have lost no settlement of the device, as far as it has come
  | 'not-lost' // the device was not reported lost
  | 'not-yet' // what a lost device held may still be spent or claimed; a month of the ledger is not over
  | 'forfeited' // what is on a lost device is lost: a rule of this bank
  | 'key-ended' // an operator's key has run out, and it has no newer one: it signs nothing
  | 'denominations' // not every sum can be issued in them, or only in too many notes
  | 'endorsements' // a key waits for its time already, or wallets have no place for another
  | 'signature' // no operator has signed this step of bank time, from the present one
  | 'token' // the token with the keys is missing, does not answer, or is not said where
  | 'token-pin' // it does not take this PIN: no other attempt is made
  | 'token-key' // it has not got the key
  | 'time' // bank time does not run back, nor far at once, nor to where 32 bits end; a key begins too late
  | 'platform' // the operator keeps no accounts of users
  | 'terms' // the account has no terms with its platform, or wrong ones
  | 'debt' // the account owes for bills
  | 'promised' // its certificates may still be billed for that much
  | 'unknown-certificate'
  | 'unknown-terminal'
  | 'unknown-bill'
  | 'terminal' // it is registered already, or suspended already, or not
  | 'fares' // a fare table whose parts do not fit together
  | 'dispute' // the bill cannot be disputed, or not any more, or is not
  | 'too-large' // the body is over the limit
  | 'closed' // the bank or the session is closed
  | 'unreachable' // of the client: no bank answers at the URL
  | 'internal'; // a fault of the bank; its details are in its own log only

export class BankError extends Error {
  constructor(
    readonly code: BankErrorCode,
    message: string,
  ) {
    super(message);
  }
}
