"""Every sentence the helper shows, in Chinese and English; the pages have their own catalogues."""

from __future__ import annotations

import locale
import os
from types import MappingProxyType
from typing import TYPE_CHECKING

from web_client.helper.vocabulary import Refusal, State

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NAME = 20
"""Characters of a name in the banner: a longer one would push the button off a small screen."""

_ZH: Mapping[str, str] = MappingProxyType(
    {
        "banner.granted": "{who} 正在远程操作本机，连按三次 Esc 键结束",
        "banner.paused_local": "您在操作，{who} 已暂停；停手两秒后恢复，连按三次 Esc 键结束",
        "banner.paused_rate": "{who} 操作过快，已暂停片刻；连按三次 Esc 键结束",
        "banner.locked": "桌面已锁定，{who} 不能操作；解锁后恢复",
        "banner.stop": "结束",
        "notice.close": "知道了",
        "keypad.ask": "请在帮办的导办台打开“远程操作程序”，把那里的六位配对码输在这里。",
        "keypad.wait": "正在配对……",
        "keypad.leave": "以后再说",
        "refusal.malformed": "收到的消息无法读取，远程操作已结束；请重新发起。",
        "refusal.oversized": "收到的消息过长，远程操作已结束；请分几次发送。",
        "refusal.unknown_version": "对方使用的协议版本不同；请升级助手程序。",
        "refusal.unknown_type": "对方发来助手不认识的消息；请升级助手程序。",
        "refusal.bad_field": "收到的消息内容不合规定，远程操作已结束；请重新发起。",
        "refusal.out_of_order": "消息有缺失或重复，远程操作已结束；请重新发起。",
        "refusal.stale_grant": "这条消息不属于当前的授权，远程操作已结束；请重新发起。",
        "refusal.no_grant": "柜员尚未同意远程操作，或已结束；请重新发起。",
        "refusal.second_grant": "上一次授权尚未结束，远程操作已结束；请重新发起。",
        "refusal.out_of_scope": "柜员没有同意这项操作；请说明用途后重新申请。",
        "refusal.stale_geometry": "显示器刚刚有变化；请按新的画面再操作一次。",
        "refusal.unknown_monitor": "找不到所共享的显示器；请重新共享整个屏幕。",
        "refusal.unknown_key": "助手不能按这个键；请改用鼠标或输入文字。",
        "refusal.paused": "远程操作暂停中，没有执行；请稍后再试。",
        "refusal.unreadable": "剪贴板里没有可读取的文字，或文字过长；请重新复制。",
        "refusal.too_old": "助手程序版本过低；请在柜员工作台下载新版本后重新运行。",
        "refusal.bad_code": "配对码不对或已过期；请在柜员工作台取新的配对码。",
        "refusal.unknown_device": "服务器不认识本机；请在柜员工作台取配对码重新配对。",
        "refusal.not_signed_in": "登录已失效；请重新登录。",
        "refusal.not_yours": "这次授权是给别人的；请自己申请。",
        "refusal.control_gone": "这次授权已结束；需要时请重新申请。",
        "refusal.second_page": "这次授权已在另一个窗口使用；请回到那个窗口。",
        "fault.wayland": "当前是 Wayland 会话，助手只能在 X11 会话中工作。请注销，"
        "在登录界面的齿轮（会话）菜单里选择“Xorg”或“X11”，再登录。",
        "fault.no_display": "没有找到桌面；请在桌面会话里启动助手。",
        "fault.no_server": "还不知道服务器地址；请运行 bangban-helper.pyz pair 配对码 --server https://服务器。",
        "fault.windows": "Windows 上的助手尚未完成：注入部分只经过模拟测试，因此不启动。",
        "fault.other_system": "助手只支持 X11 桌面。",
        "fault.running": "助手已在运行。",
        "fault.certificate": "服务器证书不受信任。请向管理员要来根证书，用 --ca 文件 指定后再试。",
        "fault.unreachable": "连不上服务器，稍后自动重试。",
        "fault.proxy": "代理服务器没有放行；请核对 --proxy 或 https_proxy。",
        "fault.not_ours": "这个地址上没有帮办的助手服务；请核对服务器地址。",
        "told.paired": "配对成功，助手将随登录启动。",
        "told.prepared": "已准备好：助手将随登录启动，第一次会在桌面上询问配对码。",
        "told.connected": "已连上服务器，等待柜员同意。",
    }
)
_EN: Mapping[str, str] = MappingProxyType(
    {
        "banner.granted": "{who} is controlling this PC. Press Esc three times to end it",
        "banner.paused_local": "You are working, {who} waits; goes on 2 s after you. Esc three times ends it",
        "banner.paused_rate": "{who} was too fast and waits a moment. Press Esc three times to end it",
        "banner.locked": "The desktop is locked, {who} can do nothing; goes on when it is unlocked",
        "banner.stop": "End",
        "notice.close": "Close",
        "keypad.ask": "Open the helper's page in the clerk console and enter its pairing code here.",
        "keypad.wait": "Pairing…",
        "keypad.leave": "Later",
        "refusal.malformed": "A message could not be read, so control has ended; start it again.",
        "refusal.oversized": "A message was too long, so control has ended; send it in parts.",
        "refusal.unknown_version": "The other side speaks another version; update the helper.",
        "refusal.unknown_type": "The other side sent a message the helper does not know; update the helper.",
        "refusal.bad_field": "A message was not as agreed, so control has ended; start it again.",
        "refusal.out_of_order": "Messages were lost or repeated, so control has ended; start it again.",
        "refusal.stale_grant": "A message belongs to another grant, so control has ended; start it again.",
        "refusal.no_grant": "The clerk has not consented, or control has ended; ask again.",
        "refusal.second_grant": "The grant before has not ended, so control has ended; start it again.",
        "refusal.out_of_scope": "The clerk has not consented to this; say what it is for and ask again.",
        "refusal.stale_geometry": "The monitors have just changed; do it once more on the new picture.",
        "refusal.unknown_monitor": "The shared monitor is not there; share the whole screen again.",
        "refusal.unknown_key": "The helper cannot press this key; use the mouse or type text.",
        "refusal.paused": "Control is paused, so this was not done; try again in a moment.",
        "refusal.unreadable": "The clipboard holds no text, or too much of it; copy it again.",
        "refusal.too_old": "This helper is too old; download the new one in the clerk console and start it.",
        "refusal.bad_code": "The pairing code is wrong or has expired; take a new one in the clerk console.",
        "refusal.unknown_device": "The server does not know this PC; pair it with a code of the console.",
        "refusal.not_signed_in": "The sign-in is over; sign in again.",
        "refusal.not_yours": "This grant is somebody else's; ask for your own.",
        "refusal.control_gone": "This grant is over; ask again if it is needed.",
        "refusal.second_page": "This grant is in use in another window; go back there.",
        "fault.wayland": "This is a Wayland session; the helper works in an X11 session only. Log out, "
        "choose “Xorg” or “X11” in the session menu (gear) of the login screen, and log in again.",
        "fault.no_display": "There is no desktop; start the helper within the desktop's session.",
        "fault.no_server": "The server is not known yet; run bangban-helper.pyz pair CODE --server https://SERVER.",
        "fault.windows": "The helper for Windows is not finished: its injector was only tested with a "
        "recording, so it does not start.",
        "fault.other_system": "The helper works on X11 desktops only.",
        "fault.running": "The helper is running already.",
        "fault.certificate": "The server's certificate is not trusted. Ask your administrator for the "
        "authority's certificate and name it with --ca FILE.",
        "fault.unreachable": "The server cannot be reached; trying again by and by.",
        "fault.proxy": "The proxy does not let the helper through; check --proxy or https_proxy.",
        "fault.not_ours": "No Bangban helper service is at this address; check the server's address.",
        "told.paired": "Paired; the helper will start with the login.",
        "told.prepared": "Prepared; the helper starts with the login and asks for its pairing code there.",
        "told.connected": "Connected, waiting for the clerk's consent.",
    }
)
CATALOGUES: Mapping[str, Mapping[str, str]] = MappingProxyType({"zh-CN": _ZH, "en": _EN})


def language() -> str:
    """Return the person's language: Chinese unless the session says another."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return "en" if os.environ[name].startswith("en") else "zh-CN"
    return "en" if (locale.getlocale()[0] or "").startswith(("en", "English")) else "zh-CN"


def say(word: str, spoken: str, **parts: str) -> str:
    """Return a sentence of the catalogue in a language."""
    return CATALOGUES[spoken][word].format(**parts)


def refusal(code: Refusal, spoken: str) -> str:
    """Return why something was refused and what to do next."""
    return say(f"refusal.{code.value}", spoken)


def banner(who: str, state: State, spoken: str) -> str:
    """Return the banner's line in a state of control."""
    short = who if len(who) <= MAX_NAME else f"{who[: MAX_NAME - 1]}…"
    return say(f"banner.{state.value}", spoken, who=short)


def ascii_only(text: str) -> str:
    """Return a text for a font without Chinese."""
    return text.encode("ascii", "replace").decode()
