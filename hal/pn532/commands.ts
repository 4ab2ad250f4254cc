/** Codes of the PN532 (UM0701-02 chapter 7). A response has the command's code plus one. */
export const Command = Object.freeze({
  Diagnose: 0x00,
  GetFirmwareVersion: 0x02,
  GetGeneralStatus: 0x04,
  ReadRegister: 0x06,
  WriteRegister: 0x08,
  SetSerialBaudRate: 0x10,
  SetParameters: 0x12,
  SAMConfiguration: 0x14,
  PowerDown: 0x16,
  RFConfiguration: 0x32,
  InDataExchange: 0x40,
  InCommunicateThru: 0x42,
  InDeselect: 0x44,
  InJumpForPSL: 0x46,
  InListPassiveTarget: 0x4a,
  InPSL: 0x4e,
  InATR: 0x50,
  InRelease: 0x52,
  InSelect: 0x54,
  InJumpForDEP: 0x56,
  InAutoPoll: 0x60,
  TgGetData: 0x86,
  TgGetInitiatorCommand: 0x88,
  TgGetTargetStatus: 0x8a,
  TgInitAsTarget: 0x8c,
  TgSetData: 0x8e,
  TgResponseToInitiator: 0x90,
  TgSetGeneralBytes: 0x92,
  TgSetMetaData: 0x94,
});

/** The low six bits of a status byte (UM0701-02 section 7.1). */
export const Status = Object.freeze({
  ok: 0x00,
  timeout: 0x01,
  crc: 0x02,
  parity: 0x03,
  bitCount: 0x04,
  framing: 0x05,
  collision: 0x06,
  bufferTooSmall: 0x07,
  overflow: 0x09,
  rfNotOnInTime: 0x0a,
  rfProtocol: 0x0b,
  overheated: 0x0d,
  internalOverflow: 0x0e,
  badParameter: 0x10,
  dep: 0x12,
  dataFormat: 0x13,
  mifare: 0x14,
  bcc: 0x23,
  depState: 0x25,
  notAllowed: 0x26,
  wrongContext: 0x27,
  released: 0x29,
});

export const STATUS_ERROR_MASK = 0x3f;
export const STATUS_MORE = 0x40;
/** In the target byte of InDataExchange: more of this command follows. */
export const TARGET_MORE = 0x40;

/** SetParameters. */
export const Parameter = Object.freeze({
  nad: 0x01,
  did: 0x02,
  automaticAtrRes: 0x04,
  automaticRats: 0x10,
  isoDepCard: 0x20,
  noPreamble: 0x40,
});

/** RFConfiguration items. */
export const RfItem = Object.freeze({ field: 0x01, timings: 0x02, retriesCom: 0x04, maxRetries: 0x05 });

/** TgInitAsTarget's mode bits, and in its answer how we were activated. */
export const TARGET_MODE_PASSIVE_ONLY = 0x01;
export const TARGET_MODE_PICC_ONLY = 0x04;
export const ACTIVATED_AS_ISO_DEP = 0x08;

/** SAK bit 6: the card speaks ISO 14443-4 (ISO 14443-3 table 9). */
export const SAK_ISO_DEP = 0x20;

/** Data bytes that one exchange command carries (UM0701-02 sections 7.3.8 and 7.3.16). */
export const EXCHANGE_BYTES_MAX = 262;

/**
 * Bit rates on the air, kbit/s: in InPSL (UM0701-02 section 7.3.7) the code of a rate is its place here, as
 * in PPS1 and, as a bit, in TA of an ATS (ISO 14443-4 sections 5.3 and 5.2.3).
 */
export const BIT_RATES_KBPS: readonly [106, ...number[]] = Object.freeze([106, 212, 424]);

/** SetSerialBaudRate: the code of a rate is its place here. */
export const BAUD_RATES: readonly number[] = Object.freeze([
  9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600, 1_288_000,
]);
export const BAUD_AT_POWER_UP = 115_200;
