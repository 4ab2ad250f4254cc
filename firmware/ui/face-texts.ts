import type { Notice } from './user-interface.js';

/** All that a screen says, in one language. */
export interface FaceTexts {
  readonly notices: Readonly<Record<Notice, string>>;
  /** Before the device that is paid. */
  readonly to: string;
  /** What an amount is entered for. */
  readonly askFor: string;
  readonly pin: string;
  /** What the buttons do, while a number is entered, and while a device is ready, and while it asks. */
  readonly hintEntry: string;
  readonly hintReady: string;
  readonly hintConsent: string;
  readonly hintPin: string;
}

export const ENGLISH: FaceTexts = {
  notices: {
    ready: 'Ready',
    asking: 'Hold card here',
    paid: 'Paid',
    refused: 'Refused',
    again: 'Hold it again',
    foreign: 'Not one of ours',
    crowd: 'One wallet only',
    relay: 'Card too far away',
    version: 'Other version',
    blank: 'Not set up',
    'no-front-end': 'No PN532',
    'no-entropy': 'No random',
    busy: 'In use',
    broken: 'Flash broken',
    'other-format': 'Other firmware',
    asleep: '',
  },
  to: 'to',
  askFor: 'Ask for',
  pin: 'PIN',
  hintEntry: 'A digit, B next; hold A: done, B: back',
  hintReady: 'hold A: ask for an amount',
  hintConsent: 'A: pay   hold B: no',
  hintPin: 'A: enter PIN   hold B: no',
};

export const CHINESE: FaceTexts = {
  notices: {
    ready: '可以使用',
    asking: '请将卡靠近',
    paid: '支付成功',
    refused: '被拒绝',
    again: '请再靠近一次',
    foreign: '不是本系统的卡',
    crowd: '只放一张卡',
    relay: '卡离得太远',
    version: '版本不同',
    blank: '尚未开通',
    'no-front-end': '没有PN532',
    'no-entropy': '没有随机数',
    busy: '占用中',
    broken: '闪存损坏',
    'other-format': '固件格式不同',
    asleep: '',
  },
  to: '付给',
  askFor: '收款',
  pin: '密码',
  hintEntry: 'A换数字 B下一位 长按A完成 长按B返回',
  hintReady: '长按A：收款',
  hintConsent: 'A：支付   长按B：拒绝',
  hintPin: 'A：输入密码   长按B：拒绝',
};
