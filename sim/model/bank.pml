/*
 * What the bank decides about one fen: README.md says what is modelled, and which function of the bank each
 * part follows. -DCOPY: the payer's device has been copied, and the copy pays the same fen once more.
 * -DLOAD: the fen is still to come with a settlement. -DFORFEIT: lost money is lost. -DLIVE: the last event is kept, for the LTL claims.
 */
#define NONE 0
#define OPEN 1
#define DONE 2

/* payer_state of the transfer at the bank; 0: it was never shown */
#define UNSEEN 1
#define SHOWN 2
#define ACCEPTED 3
#define VOID 4
#define RESOLVED 5

/* its place */
#define PAYER 0
#define FLIGHT 1
#define HELD 2
#define PAYEE 3
#define ACCOUNT 4
#define LATE 5

#define LAST 3 /* by then every certificate has ended */
#ifdef FORFEIT
#define FORFEITS 1
#else
#define FORFEITS 0
#endif

#define MIN(a, b) ((a) < (b) -> (a) : (b))
#define POS(a) ((a) > 0 -> (a) : 0)
#define FREE_P POS(net_p - flight - waiting)

/* the payer's device: its value, its transfer, whether it knows that it is stopped */
#ifdef LOAD
bit p_value;
bit delivered; /* the load */
#else
bit p_value = 1;
bit delivered = 1;
#endif
byte p_out;
bit p_stopped;
/* entries of its journal that the bank has not got: a settlement, the transfer, the answer (1 yes, 2 void) */
bit p_new_settled, p_new_out;
byte p_new_answer;
/* what that settlement does: stops, brings the load, resolves the transfer, retires its note; value taken */
bit s_stop, s_load, s_resolve, s_retire, s_value;
/* a settlement that the carrier holds, and what it does */
bit line, l_stop, l_load, l_resolve, l_retire;

/* the payee's device: it has settled the epoch of the invoice; its receipt; the payer is on its hot list */
bit q_past;
byte q_receipt;
bit q_told;
/* entries that the bank has not got: a settlement, its receipt with the transfer */
bit q_new_settled, q_new_receipt;

/* the bank */
byte now_at;
byte lost; /* 1: reported, 2: recovered */
bit suspended; /* by the bank's people */
bit convicted;
byte state;
byte place;
bit accepted, voided;
bit fresh; /* no tick since it was shown first */
bit booked; /* by the payee's own journal */
bit note_spent; /* the note that it drew on is held, with nothing left */
bit b_past; /* the payee's journal has settled the epoch of the invoice */
byte received; /* of the payee, since its settlement */
short net_p = 1, net_q;
byte flight, waiting;
byte cash_p, cash_q, withdrawn;
byte late;

/* the copy: 1 its transfer is with the payee, 2 the bank has it */
byte twin;

#ifdef GRAPH
c_decl {
  extern void step(void);
  extern void stepped(const char *);
}
c_code {
  static char from[64];
  static void write_state(char *to) {
    int i = 0;
    int values[] = {
      now.p_value, now.p_out, now.p_stopped, now.p_new_settled, now.p_new_out, now.p_new_answer,
      now.s_stop, now.s_load, now.s_resolve, now.s_retire, now.s_value,
      now.line, now.l_stop, now.l_load, now.l_resolve, now.l_retire,
      now.q_past, now.q_receipt, now.q_told, now.q_new_settled, now.q_new_receipt,
      now.now_at, now.lost, now.suspended, now.convicted, now.delivered, now.state, now.place, now.accepted, now.voided,
      now.fresh, now.booked, now.note_spent, now.b_past, now.received, now.net_p, now.net_q,
      now.flight, now.waiting, now.cash_p, now.cash_q, now.withdrawn, now.late, now.twin
    };
    for (i = 0; i < (int)(sizeof(values) / sizeof(values[0])); i++)
      to[i] = values[i] < 0 ? 'z' + 1 + values[i] : '0' + values[i];
    to[i] = 0;
  }
  void step(void) { write_state(from); }
  void stepped(const char *name) {
    char to[64];
    write_state(to);
    printf("EDGE %s %s %s\n", from, name, to);
  }
}
#define STEP c_code { step(); }
#define STEPPED(name) forget(); c_code { stepped(name); }
#else
#define STEP skip
#define STEPPED(name) forget(); check()
#endif

#ifdef LIVE
#define TICK 1
#define APPLY 2
#define SYNC_P 3
#define SYNC_Q 4
byte event;
#define EVENT(e) event = e
#else
#define EVENT(e) skip
#endif

byte t_place, t_paid, t_back;

/* settlement/transfers.ts: placeOf and relocate; accounts/device-books.ts: covered */
inline covered() {
  t_paid = POS(MIN(1, net_p - (flight + waiting - (place == FLIGHT || place == HELD -> 1 : 0))))
}

inline relocate() {
  t_place = place;
  if
  :: place == ACCOUNT || place == LATE ->
    if :: accepted && !voided && !b_past -> t_place = LATE :: else fi
  :: else ->
    if
    :: state == VOID -> t_place = PAYER
    :: else ->
      if
      :: accepted && !voided -> t_place = PAYEE
      :: else ->
        if
        :: state == UNSEEN && !accepted -> t_place = PAYER
        :: else ->
          if
          :: !voided && !b_past && fresh -> t_place = FLIGHT
          :: else ->
            if
            :: (state == RESOLVED || lost == 2) && (voided || b_past || now_at == LAST) && !convicted ->
              t_place = ACCOUNT
            :: else -> t_place = HELD
            fi
          fi
        fi
      fi
    fi
  fi;
  if
  :: t_place != place ->
    assert(place != PAYEE);
    if :: t_place == ACCOUNT -> covered() :: else fi;
    if :: place == FLIGHT -> flight-- :: place == HELD -> waiting-- :: else fi;
    if
    :: t_place == FLIGHT -> flight++
    :: t_place == HELD -> waiting++
    :: t_place == PAYEE -> net_p--; net_q++
    :: t_place == ACCOUNT -> net_p = net_p - t_paid; cash_p = cash_p + t_paid
    :: t_place == LATE -> late++; net_q++
    :: else
    fi;
    place = t_place
  :: else
  fi;
  t_place = 0; t_paid = 0
}

/* accounts/device-books.ts: setOff */
inline set_off() {
  if
  :: (convicted || lost == 2) && net_p < 0 && cash_p > 0 ->
    t_paid = MIN(0 - net_p, cash_p);
    net_p = net_p + t_paid; cash_p = cash_p - t_paid; t_paid = 0
  :: else
  fi
}

inline convict() {
  if :: !convicted -> convicted = 1; suspended = 0; set_off() :: else fi
}

/* fraud/conflicts.ts: the two transfers cannot both be in one journal */
inline look_for_fork() {
#ifdef COPY
  if
  :: state != 0 && twin == 2 -> convict()
  :: else
  fi
#else
  skip
#endif
}

inline show_transfer() {
  if :: state == 0 -> state = UNSEEN; fresh = 1; place = PAYER :: else fi
}

inline relocate_waiting() {
  if :: place == FLIGHT || place == HELD -> relocate() :: else fi
}

/* settlement/applied.ts: applySettlement, for the payer */
inline book_settlement() {
  t_back = 0;
  if
  :: s_stop -> t_back = s_value
  :: else -> skip
  fi;
  if
  :: s_load ->
    if :: !delivered -> t_back = t_back + 1; delivered = 1 :: else fi
  :: else
  fi;
  if
  :: s_load && !s_stop -> t_back = POS(t_back - 1)
  :: else
  fi;
  if
  :: !convicted && t_back > 0 ->
    t_back = MIN(t_back, FREE_P);
    net_p = net_p - t_back; cash_p = cash_p + t_back
  :: else
  fi;
  t_back = 0;
  if :: s_retire -> note_spent = 0 :: else fi;
  if
  :: s_resolve && state == SHOWN -> state = RESOLVED; relocate()
  :: else
  fi;
  if
  :: note_spent && state == SHOWN -> relocate_waiting()
  :: note_spent && state != SHOWN -> note_spent = 0
  :: else
  fi;
  s_stop = 0; s_load = 0; s_resolve = 0; s_retire = 0; s_value = 0
}

/* sync/intake.ts: takeEntries, for the payer */
inline take_payers() {
  if
  :: p_new_settled -> book_settlement(); EVENT(SYNC_P)
  :: else
  fi;
  if
  :: p_new_out ->
    show_transfer();
    if :: state == UNSEEN -> state = SHOWN :: else fi;
    relocate(); note_spent = 1
  :: else
  fi;
  if
  :: p_new_answer == 1 -> state = ACCEPTED; accepted = 1; relocate()
  :: p_new_answer == 2 -> state = VOID; voided = 1; note_spent = 0; relocate()
  :: else
  fi;
  if :: p_new_out || p_new_answer != 0 -> relocate_waiting() :: else fi;
  p_new_settled = 0; p_new_out = 0; p_new_answer = 0;
  set_off();
  look_for_fork()
}

inline pay_received() {
  t_back = MIN(received, POS(net_q));
  net_q = net_q - t_back; cash_q = cash_q + t_back;
  t_back = 0; received = 0
}

/* the same for the payee; what it has taken is no money of its own before its next settlement */
inline take_payees() {
  if
  :: q_new_settled ->
    pay_received(); EVENT(SYNC_Q);
    if :: q_past -> b_past = 1 :: else fi
  :: else
  fi;
  if
  :: q_new_receipt ->
    show_transfer();
    if :: q_receipt == 1 -> accepted = 1 :: else -> voided = 1 fi;
    relocate();
    if
    :: (place == PAYEE || place == LATE) && !booked -> booked = 1; received++
    :: else
    fi;
    relocate_waiting()
  :: else
  fi;
#ifdef COPY
  if
  :: twin == 1 -> twin = 2; net_p--; net_q++; received++
  :: else
  fi;
  if :: q_new_receipt || twin == 2 -> set_off() :: else fi;
#else
  if :: q_new_receipt -> set_off() :: else fi;
#endif
  q_new_settled = 0; q_new_receipt = 0;
  look_for_fork()
}

/* settlement/tick.ts: moveWaiting, then recoverLost */
inline move_waiting() {
  if
  :: place == FLIGHT || (place == HELD && (state == RESOLVED || lost == 2)) -> relocate(); set_off()
  :: else
  fi
}

inline recover_lost() {
  if
  :: FORFEITS == 0 && ((lost == 1 && now_at >= 2) || (lost == 2 && FREE_P > 0)) && !convicted ->
    lost = 2; delivered = 1;
    t_back = FREE_P;
    net_p = net_p - t_back; cash_p = cash_p + t_back; t_back = 0;
    if :: place == HELD -> relocate() :: else fi;
    set_off()
  :: else
  fi
}

#define P_HAS_NEWS (p_new_settled || p_new_out || p_new_answer != 0)
#define Q_HAS_NEWS (q_new_settled || q_new_receipt || twin == 1)

/* what is of no consequence any more */
inline forget() {
  if :: state == VOID || place == PAYEE || place == ACCOUNT || place == LATE -> fresh = 0 :: else fi;
  if :: q_past && !q_new_receipt -> q_receipt = 0 :: else fi;
  if :: state != SHOWN -> note_spent = 0 :: else fi;
  if :: now_at > 0 -> q_told = 0 :: else fi
}

/* what must hold after every step */
inline check() {
  /* no more is credited than came in, but for what a loss account names */
  assert(cash_p + cash_q + withdrawn <= 1 + late + POS(0 - net_p));
  /* nobody has paid the payer, and it owes only what somebody was paid */
  assert(cash_p + withdrawn <= 1);
  assert(net_p >= 0 || place == PAYEE || twin == 2);
  /* what a convicted or recovered payer owes, its account has paid as far as it goes */
  assert(!((convicted || lost == 2) && net_p < 0 && cash_p > 0));
  /* double entry */
  assert(cash_p + cash_q + withdrawn + net_p + net_q - late == 1);
  assert(net_q >= 0 && flight + waiting <= 1);
  /* nobody honest owes anything that was not recovered, or is convicted; what is forfeited is never recovered */
  assert(net_p >= 0 || lost == 2 || twin != 0);
  assert(lost != 2 || !FORFEITS);
  assert(!convicted || twin != 0);
  /* a claim is late only when its time is long over */
  assert(late == 0 || now_at == LAST);
  /* a device that has synced has what the books say */
  assert(P_HAS_NEWS || lost != 0 || convicted || twin == 2 || FREE_P == p_value + (delivered -> 0 : 1));
  assert(Q_HAS_NEWS || net_q == received)
}

#define NO_LINE line = 0; l_stop = 0; l_load = 0; l_resolve = 0; l_retire = 0

#define STOP (lost != 0 || suspended || convicted)
#define RESOLVES (state == SHOWN && (place == PAYEE || place == HELD))
#ifdef BOUND
#define IF_BOUND(x) (x)
#define WORTH_P (!delivered || RESOLVES || (STOP != p_stopped) || (twin == 2 && !convicted))
#define WORTH_Q ((p_out != NONE && !q_past) || (STOP != q_told && p_out == NONE && now_at == 0) || (received > 0))
#else
#define IF_BOUND(x) 1
#endif
#ifndef OFFERS
#define OFFERS 1
#endif
#ifndef REFUSALS
#define REFUSALS 1
#endif
#ifndef LOST_BY
#define LOST_BY LAST
#endif
#ifndef SUSPENDS_BY
#define SUSPENDS_BY LAST
#endif
#ifndef WITHDRAWALS
#define WITHDRAWALS 1
#endif
#ifndef TICKS_BY
#define TICKS_BY LAST
#endif

/* two devices meet */
active proctype touches() {
  do
  :: d_step {
      OFFERS && now_at == 0 && p_out == NONE && p_value && !p_stopped && !q_told ->
      STEP;
      p_value = 0; p_out = OPEN; p_new_out = 1; q_past = 0; NO_LINE; EVENT(0);
      STEPPED("offer")
    }
  :: d_step {
      now_at < LAST && p_out == OPEN && !q_past && q_receipt == 0 ->
      STEP;
      q_receipt = 1; q_new_receipt = 1; NO_LINE; EVENT(0);
      STEPPED("take")
    }
  :: d_step {
      REFUSALS && now_at < LAST && p_out == OPEN && !q_past && q_receipt == 0 ->
      STEP;
      q_receipt = 2; q_new_receipt = 1; NO_LINE; EVENT(0);
      STEPPED("refuse")
    }
  :: d_step {
      now_at < LAST && p_out == OPEN && !q_past && q_receipt != 0 ->
      STEP;
      p_out = DONE; p_new_answer = q_receipt; NO_LINE; EVENT(0);
      if :: q_receipt == 2 -> p_value = 1 :: else fi;
      STEPPED("answer")
    }
#ifdef COPY
  :: d_step {
      now_at == 0 && twin == 0 && !q_told ->
      STEP;
      twin = 1; NO_LINE; EVENT(0);
      STEPPED("cheat")
    }
#endif
  od
}

/* the payer's sync: its journal goes up; a settlement is issued; it is applied, unless the carrier drops it */
active proctype payer_sync() {
  do
  :: d_step {
      P_HAS_NEWS ->
      STEP;
      NO_LINE; EVENT(0);
      take_payers();
      STEPPED("payer-uploads")
    }
  :: d_step {
      !P_HAS_NEWS && !line && IF_BOUND(WORTH_P) ->
      STEP;
      EVENT(0);
#ifdef COPY
      if :: twin == 2 -> convict() :: else fi;
#endif
      line = 1;
      l_stop = STOP;
      l_load = !delivered;
      l_resolve = (state == SHOWN && (place == PAYEE || place == HELD));
      l_retire = (note_spent && (l_stop || now_at >= 2));
      STEPPED("bank-issues")
    }
  :: d_step {
      line ->
      STEP;
      EVENT(APPLY);
      s_stop = l_stop; s_load = l_load; s_resolve = l_resolve; s_retire = l_retire;
      if
      :: l_stop -> s_value = p_value; p_value = 0; p_stopped = 1
      :: l_load && !l_stop -> p_value = 1; p_stopped = 0
      :: !l_load && !l_stop -> p_stopped = 0
      fi;
      if :: l_resolve -> p_out = DONE :: else fi;
      p_new_settled = 1; NO_LINE;
      STEPPED("payer-applies")
    }
  od
}

active proctype carrier() {
  do
  :: d_step {
      line ->
      STEP;
      NO_LINE; EVENT(0);
      STEPPED("carrier-drops")
    }
  od
}

active proctype payee_sync() {
  do
  :: d_step {
      Q_HAS_NEWS ->
      STEP;
      EVENT(0);
      take_payees();
      STEPPED("payee-uploads")
    }
  :: d_step {
      !Q_HAS_NEWS && IF_BOUND(WORTH_Q) ->
      STEP;
      EVENT(0);
      q_new_settled = 1;
      q_past = (p_out != NONE);
      q_told = STOP;
      STEPPED("payee-settles")
    }
  od
}

active proctype owner() {
  do
  :: d_step {
      lost == 0 && now_at <= LOST_BY ->
      STEP;
      lost = 1; suspended = 0; EVENT(0);
      STEPPED("owner-reports-lost")
    }
  :: d_step {
      !STOP && now_at <= SUSPENDS_BY ->
      STEP;
      suspended = 1; EVENT(0);
      STEPPED("bank-suspends")
    }
  :: d_step {
      suspended ->
      STEP;
      suspended = 0; EVENT(0);
      STEPPED("bank-lifts")
    }
  :: d_step {
      WITHDRAWALS && cash_p > 0 && (!convicted || now_at == LAST) ->
      STEP;
      cash_p--; withdrawn++; EVENT(0);
      STEPPED("owner-withdraws")
    }
  od
}

active proctype time() {
  do
  :: d_step {
      now_at <= TICKS_BY ->
      STEP;
      if :: now_at < LAST -> now_at++ :: else fi;
      fresh = 0; EVENT(TICK);
      move_waiting();
      recover_lost();
      STEPPED("time-passes")
    }
  od
}

#ifdef LIVE
#define TAKEN (q_receipt == 1)
#define SETTLED (place != FLIGHT && (place != HELD || convicted))

/* weak fairness: a device whose messages are delivered comes to the end of a sync, again and again */
ltl payer_syncs { ([]<> (event == APPLY)) -> ([]<> (event == SYNC_P)) }
ltl payee_syncs { []<> (event == SYNC_Q) }
/* value in flight ends up with somebody, whatever the payee does, when the payer syncs or is recovered */
ltl value_settles { ([]<> (event == TICK) && (([]<> (event == SYNC_P)) || (<> (lost == 2)))) -> (<>[] SETTLED) }
/* what a payee has taken is paid to it */
ltl payee_is_paid { ([]<> (event == SYNC_Q)) -> ([] (TAKEN -> <> (cash_q >= 1))) }
/* what a lost device had comes back to its owner */
ltl owner_recovers { ([]<> (event == TICK) && (<> (lost == 2))) -> (<>[] (net_p - flight - waiting <= 0 || convicted)) }
#endif
