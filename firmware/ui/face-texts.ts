import type { NoCode } from '../account/code-maker.js';
import type { Notice } from './user-interface.js';

/** All that a screen says, in one language. */
export interface FaceTexts {
  readonly notices: Readonly<Record<Notice, string>>;
  /** Before the device that is paid. */
  readonly to: string;
  /** What an amount is entered for: to be asked for, or to be paid to whom a tag has shown. */
  readonly askFor: string;
  readonly pay: string;
  readonly pin: string;
  /**
   * What the buttons do: while a number is entered, while a device is ready, while a tag has left the amount
   * open, and while it asks.
   */
  readonly hintEntry: string;
  readonly hintReady: string;
  readonly hintAmount: string;
  readonly hintCode: string;
  readonly hintConsent: string;
  readonly hintPin: string;
  readonly noCode: string;
  readonly noCodeWhy: Readonly<Record<NoCode, string>>;
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
    tag: 'Hold tag here',
    'how-much': 'How much?',
    'bad-tag': 'Not a good tag',
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
  pay: 'Pay',
  pin: 'PIN',
  hintEntry: 'A digit, B next; hold A: done, B: back',
  hintReady: 'hold A: ask   hold B: pay a tag',
  hintAmount: 'hold A: enter it   hold B: no',
  hintCode: 'B: show a code',
  hintConsent: 'A: pay   hold B: no',
  hintPin: 'A: enter PIN   hold B: no',
  noCode: 'No code',
  noCodeWhy: {
    'no-certificate': 'no account: sync',
    expired: 'offline too long: sync',
    clock: 'time unknown: sync',
    suspended: 'stopped by the bank',
    'pin-locked': 'PIN locked',
    pin: 'needs the PIN: pay by touch',
    full: 'no room: sync',
    unwritable: 'flash broken',
  },
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
    tag: '请将标签靠近',
    'how-much': '付多少？',
    'bad-tag': '标签无效',
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
  pay: '付款',
  pin: '密码',
  hintEntry: 'A换数字 B下一位 长按A完成 长按B返回',
  hintReady: '长按A：收款   长按B：读标签付款',
  hintAmount: '长按A：输入金额   长按B：返回',
  hintCode: 'B：显示付款码',
  hintConsent: 'A：支付   长按B：拒绝',
  hintPin: 'A：输入密码   长按B：拒绝',
  noCode: '没有付款码',
  noCodeWhy: {
    'no-certificate': '没有账户：请联网同步',
    expired: '离线太久：请联网同步',
    clock: '时间未知：请联网同步',
    suspended: '已被银行停用',
    'pin-locked': '密码已锁定',
    pin: '需要密码：请触碰付款',
    full: '没有空间：请联网同步',
    unwritable: '闪存损坏',
  },
};
