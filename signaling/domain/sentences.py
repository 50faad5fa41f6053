"""What a person reads when something is refused: by code, in Chinese and English, saying what to do next.

Sentences may name details of the error in braces, such as `{minutes}`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

Language = Literal["zh", "en"]


class Sentence(NamedTuple):
    """One refusal in both languages."""

    zh: str
    en: str


SENTENCES: Final[Mapping[str, Sentence]] = MappingProxyType(
    {
        # calls
        "again_too_late": Sentence(
            "上一次呼叫已过去太久，请重新选择事项并再次告知录制。",
            "That session was too long ago. Choose the item again, and ask about recording once more.",
        ),
        "already_in_call": Sentence(
            "您还有一个未结束的协助，请先结束它。", "You still have a running session. End it first."
        ),
        "amend_too_late": Sentence(
            "这次协助的办理结果已不能再改，请联系督办。",
            "The result of this session can no longer be changed. Ask your supervisor.",
        ),
        "bad_state": Sentence(
            "这个协助已经变了，请看最新状态再操作。",
            "The session has changed. Look at its present state first.",
        ),
        "call_not_found": Sentence(
            "找不到这个协助，请刷新页面。", "There is no such session. Reload the page."
        ),
        "call_was_answered": Sentence(
            "这次协助有人接听，不需要留言。", "This session was answered; no message is needed."
        ),
        "call_full": Sentence(
            "协助中的人数已满，请先请一位退出。", "The session is full. Ask somebody to leave first."
        ),
        "claimed": Sentence(
            "对方正在协助中，请换一位或稍后再试。",
            "They are in a session already. Choose somebody else, or try again later.",
        ),
        "conflict": Sentence("别人刚刚改过，请再试一次。", "Somebody else just changed it. Try again."),
        "item_not_found": Sentence("找不到这个事项，请重新搜索。", "There is no such item. Search again."),
        "line_not_found": Sentence(
            "这句话已不在记录里，请刷新列表。", "This line is kept no more. Reload the list."
        ),
        "item_not_offered": Sentence(
            "“{item}”目前不在本服务点办理，请换一个事项或联系部门。",
            "This item is not offered at your service point. Choose another, or call the department.",
        ),
        "material_unknown": Sentence(
            "清单里没有这份材料，请刷新页面。", "This is not on the checklist. Reload the page."
        ),
        "no_point": Sentence(
            "您的账号没有绑定服务点，请联系系统管理员。",
            "Your account has no service point. Ask the system administrator.",
        ),
        "not_in_call": Sentence("您不在这个协助中。", "You are not in this session."),
        "not_in_wrap_up": Sentence("您现在没有待整理的协助。", "You have no session to wrap up."),
        "offer_gone": Sentence(
            "这个来电已转给下一位专家，请等待下一个。",
            "This call went on to the next specialist. Wait for another.",
        ),
        "part_may_not": Sentence(
            "您在这个协助中的身份不能这样做，请由专家或导办员操作。",
            "Your part in this session does not allow this. Ask the specialist or the clerk to do it.",
        ),
        "point_closed": Sentence(
            "本服务点已停用，请联系系统管理员。",
            "Your service point is closed. Ask the system administrator.",
        ),
        "preferred_cannot_take": Sentence(
            "指定的专家不受理这个事项，请另选一位或不指定。",
            "The specialist you named does not take this item here. Name another, or nobody.",
        ),
        # media
        "consumer_not_found": Sentence(
            "这路画面已经结束，请稍候。", "This picture has ended. Wait a moment."
        ),
        "media_unreachable": Sentence(
            "音视频服务正在恢复，请稍候，会自动重连。",
            "Audio and video are coming back. Wait a moment; the page reconnects by itself.",
        ),
        "producer_not_found": Sentence(
            "这路画面已经结束，请稍候。", "This picture has ended. Wait a moment."
        ),
        "superseded": Sentence(
            "您已在另一个窗口进入这个协助，请到那个窗口继续。",
            "You joined this session in another window. Continue there.",
        ),
        "too_many_consumers": Sentence(
            "接收的画面太多，请刷新页面。", "Too many pictures are received. Reload the page."
        ),
        "too_many_producers": Sentence(
            "发送的画面太多，请先关闭一个。", "Too many tracks are sent. Close one first."
        ),
        "network_test_over": Sentence(
            "网络检测已经结束，请重新开始。", "The network test is over. Start it again."
        ),
        "network_test_too_soon": Sentence(
            "刚刚才检测过，请过几秒再试。", "The last network test was just now. Try again in some seconds."
        ),
        "network_tests_busy": Sentence(
            "正在检测网络的人太多，请过一分钟再试。",
            "Too many people test their network now. Try again in a minute.",
        ),
        "too_many_transports": Sentence(
            "音视频连接太多，请刷新页面。", "Too many media connections. Reload the page."
        ),
        "track_not_allowed": Sentence(
            "您在这个协助中不能发送这种画面。", "You may not send this kind of track in this session."
        ),
        "transport_not_found": Sentence(
            "音视频连接已失效，请刷新页面。", "The media connection is gone. Reload the page."
        ),
        # recording
        "not_paused": Sentence("录制没有暂停。", "Recording is not paused."),
        "not_recording": Sentence("现在没有在录制。", "Nothing is being recorded."),
        "recording_refused": Sentence(
            "办事群众没有同意录制，本次不录制。",
            "The citizen did not agree to recording; nothing is recorded.",
        ),
        # collaboration
        "card_empty": Sentence("卡片是空的，请写点内容。", "The card is empty. Write something."),
        "file_name": Sentence(
            "文件名不能用，请改成不含 / \\ : 等符号的名字再传。",
            "This name cannot be used. Rename the file without / \\ : and the like.",
        ),
        "file_not_found": Sentence("找不到这个文件，请刷新页面。", "There is no such file. Reload the page."),
        "file_too_large": Sentence(
            "文件超过 12 MB，请压缩或分开再传。", "The file is larger than 12 MB. Shrink or split it."
        ),
        "file_type": Sentence(
            "只能传 PDF、OFD、图片、Word、Excel 和文本文件。",
            "Only PDF, OFD, pictures, Word, Excel and text files can be sent.",
        ),
        "still_damaged": Sentence(
            "照片在传送中损坏，请重拍。", "The picture was damaged on the way. Take it again."
        ),
        "still_not_a_picture": Sentence(
            "只收 JPEG 或 PNG 照片，请重拍。", "Only JPEG or PNG pictures are taken. Take it again."
        ),
        "still_not_found": Sentence(
            "找不到这张照片，请刷新页面。", "There is no such picture. Reload the page."
        ),
        "still_too_large": Sentence(
            "照片太大，请降低分辨率再拍。", "The picture is too large. Use a lower resolution."
        ),
        "stroke_of_somebody_else": Sentence(
            "这一笔是别人画的，请另画一笔。", "Somebody else drew this. Start a new stroke."
        ),
        "stroke_too_long": Sentence(
            "这一笔太长，请松开再画。", "The stroke is too long. Let go and start a new one."
        ),
        "too_fast": Sentence("操作太快，请慢一点。", "Too fast. Slow down a little."),
        "too_many": Sentence("太多了，请减少后再试。", "Too many. Reduce them and try again."),
        "too_many_cards": Sentence("这次协助的卡片已满。", "No more cards fit into this session."),
        "too_many_chats": Sentence(
            "这次协助的消息已满，请用语音沟通。", "No more messages fit in. Please talk."
        ),
        "too_many_files": Sentence("这次协助的文件已满。", "No more files fit into this session."),
        "too_many_stills": Sentence("这次协助的照片已满。", "No more pictures fit into this session."),
        "too_many_strokes": Sentence("标注太多，请先清除。", "Too many strokes. Clear them first."),
        # ratings and messages
        "already_closed": Sentence("这条留言已经办结。", "This message is closed already."),
        "already_rated": Sentence("这个事项已经评价过了，谢谢。", "This item has been rated. Thank you."),
        "item_not_in_call": Sentence("这次没有办理这个事项。", "This item was not handled in this session."),
        "message_not_found": Sentence(
            "找不到这条留言，请刷新页面。", "There is no such message. Reload the page."
        ),
        "not_this_pad": Sentence(
            "请在本服务点的评价器上评价。", "Please rate on the rating pad of this service point."
        ),
        "pad_code_wrong": Sentence(
            "配对码不对或已过期，请导办员重新生成。",
            "The code is wrong or expired. Ask the clerk for a new one.",
        ),
        "control_impossible": Sentence(
            "现在不能申请控制，请看按钮旁的说明。",
            "Control cannot be asked for now; see beside the button why.",
        ),
        "control_gone": Sentence(
            "这次控制已经结束，需要时请重新申请。", "This control is over. Ask again if it is needed."
        ),
        "control_taken": Sentence(
            "这次控制已在另一个窗口打开，请回到那个窗口，或交还后重新申请。",
            "This control is open in another window. Go back there, or give it back and ask again.",
        ),
        "monitor": Sentence(
            "没有确定是哪一块显示器，请选择正在共享的那一块。",
            "It is not clear which monitor is meant. Choose the one that is shared.",
        ),
        "drill_only": Sentence(
            "练习电脑只能在演练中使用，请先发起演练。",
            "The practice PC is for drills alone. Start a drill first.",
        ),
        "once_asked": Sentence(
            "上一个请求还在等导办员回答，请稍候。",
            "The clerk has not answered the last question yet. Wait for it.",
        ),
        "once_gone": Sentence(
            "这个请求已过时，请让专家重新提出。", "This question is over. It has to be asked again."
        ),
        "not_yours": Sentence(
            "这不归您决定，请联系当事人。", "This is not yours to decide. Ask who is concerned."
        ),
        "scope": Sentence("申请的范围不允许，请减少后再试。", "More than is allowed. Ask for less."),
        "helper_code_wrong": Sentence(
            "配对码不对或已过期，请在本机的导办台重新生成。",
            "The code is wrong or expired. Make a new one on the clerk's page of this PC.",
        ),
        "rating_closed": Sentence("评价时间已过，谢谢您。", "The time to rate is over. Thank you."),
        "too_many_attempts": Sentence(
            "试错太多，请 {minutes} 分钟后再试。", "Too many wrong codes. Try again in {minutes} minutes."
        ),
        "too_many_messages": Sentence(
            "这次协助的留言已经够多，部门会按已有留言回复。",
            "There are enough messages for this call. The department answers those.",
        ),
        # accounts
        "bad_credentials": Sentence(
            "登录不成功：请核对用户名和密码再试；几次不成功就过一刻钟再试，或请系统管理员重置密码。",
            "Not signed in. Check user name and password and try again. After a few tries wait a quarter "
            "of an hour, or ask the system administrator for a new password.",
        ),
        "busy": Sentence("现在很忙，请稍候再试。", "Busy right now. Try again in a moment."),
        "unavailable": Sentence(
            "后台暂时没有回应，刚才的操作没有做成，请稍候再试。",
            "Part of the service does not answer right now; this was not done. Try again in a moment.",
        ),
        "forbidden": Sentence(
            "您没有这项权限，请联系安全管理员。", "You may not do this. Ask the security administrator."
        ),
        "not_a_person": Sentence("设备不能做这个操作。", "A device cannot do this."),
        "out_of_scope": Sentence("这不在您负责的范围内。", "This is outside your region or department."),
        "password_too_short": Sentence(
            "新密码至少 {least} 个字符，请加长。", "The new password needs at least {least} characters."
        ),
        "password_one_kind": Sentence(
            "新密码只有一种字符，请把字母、数字、符号混在一起用。",
            "The new password has one kind of character only. Mix letters, digits and signs.",
        ),
        "password_has_name": Sentence(
            "新密码里有您的姓名或登录名，别人容易猜到，请换一个。",
            "The new password contains your name or user name, which others guess. Choose another one.",
        ),
        "password_common": Sentence(
            "新密码太常见，别人最先试的就是它，请换成自己想的几个词。",
            "The new password is among those that are tried first. Choose a few words of your own.",
        ),
        "id_number_wrong": Sentence(
            "身份证号的出生日期或最后一位校验码不对，请对照证件再输一遍；其他证件请先改证件种类。",
            "The identity number's date of birth or check digit is wrong. Compare it with the card; for "
            "another document change its kind first.",
        ),
        "password_unchanged": Sentence(
            "新密码不能与旧密码相同。", "The new password must differ from the old one."
        ),
        "session_ended": Sentence("登录已失效，请重新登录。", "Your session has ended. Sign in again."),
        # administration
        "administrators_separate": Sentence(
            "系统、安全、审计管理员不能由同一人兼任，请只选一个。",
            "One person cannot hold two of the three administrator roles. Choose one.",
        ),
        "administrator_beyond": Sentence(
            "三员分立：安全、审计管理员的账号不能在这里新建或更改，请在服务器上使用 bangban admin 命令。",
            "Accounts of security and audit administrators are not made or changed here, so that the three "
            "stay separate. Use `bangban admin` on the server.",
        ),
        "department_not_found": Sentence(
            "找不到这个部门，请刷新页面。", "There is no such department. Reload the page."
        ),
        "not_yourself": Sentence(
            "不能对自己的账号这样做，请找另一位管理员。",
            "Not on your own account. Ask another administrator.",
        ),
        "point_needed": Sentence(
            "导办员需要一个服务点，请选择。", "A clerk needs a service point. Choose one."
        ),
        "point_not_found": Sentence(
            "找不到这个服务点，请刷新页面。", "There is no such service point. Reload the page."
        ),
        "post_unknown": Sentence("岗位不对，请重新选择。", "Unknown post. Choose again."),
        "region_not_found": Sentence(
            "找不到这个地区，请重新选择。", "There is no such region. Choose again."
        ),
        "role_unknown": Sentence("角色不对，请重新选择。", "Unknown role. Choose again."),
        "skill_level": Sentence("技能等级是 1 到 5。", "Skill levels are 1 to 5."),
        "skill_unknown": Sentence(
            "没有这个事项或部门：{target}。", "There is no such item or department: {target}."
        ),
        "staff_not_found": Sentence(
            "找不到这个人员，请刷新页面。", "There is no such person. Reload the page."
        ),
        "already_submitted": Sentence(
            "这份草稿已经提交，请另一位事项梳理专员审核发布。",
            "This draft was handed in. Another curator reads and publishes it.",
        ),
        "department_taken": Sentence(
            "这个地区已经有“{name}”，请修改它，或先停用它。",
            "This region has {name} already. Change that one, or close it first.",
        ),
        "draft_incomplete": Sentence(
            "还没有填材料或步骤，请填写后再提交。",
            "Materials or steps are missing. Write them, then hand the draft in.",
        ),
        "draft_not_found": Sentence(
            "这份草稿已发布或已删除，请刷新页面。",
            "This draft was published or thrown away. Reload the page.",
        ),
        "lifecycle_not_possible": Sentence(
            "这个事项不能直接这样改；请写一个新版本并发布。",
            "The item cannot be changed like this. Write a new version and publish it.",
        ),
        "no_turn": Sentence(
            "服务器还没有设置 TURN 中继（turn_urls），不能只走中继；请先设置并重启服务。",
            "No TURN server is set (turn_urls), so nothing can be relayed. Set one and restart the service.",
        ),
        "not_submitted": Sentence(
            "这份草稿还没有提交，请先由编写人提交。",
            "This draft was not handed in yet. Whoever wrote it hands it in first.",
        ),
        "region_in_use": Sentence(
            "这个地区还有启用的服务点、部门、人员或下级地区，请先停用或移走它们。",
            "Points, departments, people or regions are still open here. Close or move them first.",
        ),
        "region_level": Sentence(
            "下级地区的层级要低于上级地区，请重新选择层级。",
            "A region below another needs a narrower level. Choose another level.",
        ),
        "region_parent_needed": Sentence(
            "请选择上级地区；最上面的地区由管理全部地区的系统管理员建立。",
            "Choose the region above. A topmost one is made by who administers everything.",
        ),
        "region_retired": Sentence(
            "这个地区已撤销，请选择别的地区。", "This region was retired. Choose another."
        ),
        "region_taken": Sentence(
            "这个地区代码已有人用，请检查代码。", "There is a region with this code already. Check the code."
        ),
        "second_person_publishes": Sentence(
            "不能发布自己编写或提交的版本，请另一位事项梳理专员发布。",
            "Nobody publishes what they wrote themselves. Ask another curator.",
        ),
        "username_taken": Sentence("用户名已被使用，请换一个。", "The user name is taken. Choose another."),
        # general
        "invalid": Sentence("填写的内容不对，请检查。", "A value makes no sense. Please check it."),
        "not_found": Sentence("没有找到，可能已被删除。", "Not found; it may have been removed."),
        "refused": Sentence(
            "现在不能这样做，请刷新页面再试。", "Not possible now. Reload the page and try again."
        ),
    }
)


class _Blanks(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def sentence(code: str, language: Language, details: Mapping[str, object]) -> str:
    """Return the sentence of a code with its details filled in; unknown codes get the general one."""
    entry = SENTENCES.get(code, SENTENCES["refused"])
    return getattr(entry, language).format_map(_Blanks(details))  # type: ignore[no-any-return]
