/**
 * The PN532 by its user manual, UM0701-02, as far as the model needs it. Written down here once more, and not
 * taken from the driver: a number that the driver has wrong must not be right in the model.
 */

/** Chapter 7: a response has the command's code plus one. */
export const Code = Object.freeze({
  Diagnose: 0x00,
  GetFirmwareVersion: 0x02,
  GetGeneralStatus: 0x04,
  ReadRegister: 0x06,
  WriteRegister: 0x08,
  ReadGPIO: 0x0c,
  WriteGPIO: 0x0e,
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
  RFRegulationTest: 0x58,
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

/** Section 7.1, "Error handling": the low six bits of a status byte, those that the model gives. */
export const ErrorCode = Object.freeze({
  none: 0x00,
  timeout: 0x01,
  crc: 0x02,
  bitCount: 0x04,
  collision: 0x06,
  rfProtocol: 0x0b,
  internalOverflow: 0x0e,
  badParameter: 0x10,
  dataFormat: 0x13,
  mifareAuthentication: 0x14,
  bcc: 0x23,
  wrongContext: 0x27,
  released: 0x29,
});
export const ERROR_MASK = 0x3f;
/** Of a status byte, and of the target byte of InDataExchange: more information follows. */
export const MORE_INFORMATION = 0x40;

/** Section 7.2.9, SetParameters. */
export const Flag = Object.freeze({
  nadUsed: 0x01,
  didUsed: 0x02,
  automaticAtrRes: 0x04,
  automaticRats: 0x10,
  isoDepPicc: 0x20,
  removePreamble: 0x40,
});

/** Section 7.2.10, SAMConfiguration: normal, virtual card, wired card, dual card. */
export const SAM_MODES: readonly number[] = Object.freeze([0x01, 0x02, 0x03, 0x04]);

/**
 * Section 7.2.8, SetSerialBaudRate: the code of a rate is its place here. Section 6.2.3: the rate at
 * power-up.
 */
export const SERIAL_RATES: readonly number[] = Object.freeze([
  9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600, 1_288_000,
]);
export const SERIAL_RATE_AT_POWER_UP = 115_200;

/** Section 7.3.1, RFConfiguration. */
export const RfConfigurationItem = Object.freeze({
  field: 0x01,
  timings: 0x02,
  maxRtyCom: 0x04,
  maxRetries: 0x05,
});
/** Bytes after each item: 0A to 0D are analog settings. */
export const RF_ITEM_BYTES: Readonly<Record<number, number>> = Object.freeze({
  1: 1,
  2: 3,
  4: 1,
  5: 3,
  10: 11,
  11: 8,
  12: 3,
  13: 9,
});

/** Section 7.3.5, InListPassiveTarget: at most two targets; BrTy 0 is type A at 106 kbit/s, 4 the last. */
export const TARGETS_MAX = 2;
export const BRTY_TYPE_A = 0x00;
export const BRTY_MAX = 0x04;

/** Section 7.3.13, InAutoPoll: kinds of targets. */
export const PollKind = Object.freeze({ generic106: 0x00, mifare: 0x10, isoDepA: 0x20 });
export const POLL_KINDS: readonly number[] = Object.freeze([
  0x00, 0x01, 0x02, 0x03, 0x04, 0x10, 0x11, 0x12, 0x20, 0x23, 0x40, 0x41, 0x42, 0x80, 0x81, 0x82,
]);
export const POLL_KINDS_MAX = 15;
/** Its period counts in these, 1 to 15. */
export const POLL_PERIOD_US = 150_000;
export const POLL_PERIODS_MAX = 0x0f;

/** Sections 7.3.8 and 7.3.16: data bytes of one InDataExchange, TgGetData or TgSetData. */
export const EXCHANGE_DATA_BYTES_MAX = 262;
/** Section 7.3.14, TgInitAsTarget: mode bit "PICC only", and in the answer's mode "ISO/IEC 14443-4 PICC". */
export const MODE_PICC_ONLY = 0x04;
export const ACTIVATED_ISO_DEP = 0x08;

/** ISO/IEC 14443-3 table 9: bit 6 of SAK says that the card speaks ISO/IEC 14443-4. */
export const SAK_14443_4 = 0x20;

/** Section 6.2.5: the first byte of a transfer on SPI. */
export const SpiByte = Object.freeze({ dataWriting: 0x01, statusReading: 0x02, dataReading: 0x03 });

/** GetFirmwareVersion (section 7.2.2): PN532, version 1.6, type A, type B, ISO/IEC 18092. */
export const FIRMWARE = Object.freeze([0x32, 0x01, 0x06, 0x07]);
