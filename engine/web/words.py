"""What the pages say, in each language that they speak."""

from __future__ import annotations

DIRECTIONS = {"en": "ltr", "fa": "rtl"}

_EN = {
    "email": "Email",
    "sms": "SMS",
    "leave_title": "Stop these messages?",
    "leave_email": "We will send you no more marketing email.",
    "leave_sms": "We will send you no more marketing SMS.",
    "leave_button": "Unsubscribe",
    "gone_title": "You are unsubscribed",
    "gone_email": "You will get no more marketing email from us.",
    "gone_sms": "You will get no more marketing SMS from us.",
    "gone_orders": "Messages about your orders, if there are any, still reach you.",
    "rather": "Or choose what you get",
    "mistake": "Was that a mistake? Choose what you get",
    "choose_title": "What may we send you?",
    "choose_text": "Tick what you want. What has no tick is not sent.",
    "whole_email": "Email, in general",
    "whole_sms": "SMS, in general",
    "topic": "About:",
    "blocked_email": "We may not write to your address any more: mail came back, or you asked us to stop.",
    "blocked_sms": "We may not write to your number any more: messages came back, or you answered STOP.",
    "save": "Save",
    "saved": "Saved. This holds from now on.",
    "nothing": "We have no address of yours any more, so we send you nothing.",
    "confirm_title": "Do you want to hear from us?",
    "confirm_email": "Say yes, and we may write to you by email.",
    "confirm_sms": "Say yes, and we may write to you by SMS.",
    "confirm_button": "Yes, please",
    "confirmed_title": "Thank you",
    "confirmed": "You will hear from us. Every message tells you how to stop them.",
    "nowhere_title": "This link leads nowhere",
    "nowhere": (
        "It is not one of ours, or it was cut in two on its way. Take the link from a newer message, or "
        "simply answer the message."
    ),
    "later_title": "Not just now",
    "later": "Something of ours does not answer at the moment. Please try again in a minute.",
}

_FA = {
    "email": "ایمیل",
    "sms": "پیامک",
    "leave_title": "این پیام‌ها را نمی‌خواهید؟",
    "leave_email": "دیگر برایتان ایمیل تبلیغاتی نمی‌فرستیم.",
    "leave_sms": "دیگر برایتان پیامک تبلیغاتی نمی‌فرستیم.",
    "leave_button": "لغو اشتراک",
    "gone_title": "اشتراک شما لغو شد",
    "gone_email": "دیگر از ما ایمیل تبلیغاتی دریافت نمی‌کنید.",
    "gone_sms": "دیگر از ما پیامک تبلیغاتی دریافت نمی‌کنید.",
    "gone_orders": "پیام‌های مربوط به سفارش‌هایتان، اگر سفارشی باشد، همچنان به شما می‌رسد.",
    "rather": "یا انتخاب کنید چه چیزی دریافت کنید",
    "mistake": "اشتباه شد؟ انتخاب کنید چه چیزی دریافت کنید",
    "choose_title": "چه چیزی برایتان بفرستیم؟",
    "choose_text": "آنچه را می‌خواهید علامت بزنید. آنچه علامت نداشته باشد فرستاده نمی‌شود.",
    "whole_email": "ایمیل، به طور کلی",
    "whole_sms": "پیامک، به طور کلی",
    "topic": "دربارهٔ",
    "blocked_email": "دیگر اجازه نداریم به نشانی شما بنویسیم: نامه‌ها برگشته یا خودتان خواسته‌اید ننویسیم.",
    "blocked_sms": (
        "دیگر اجازه نداریم به شمارهٔ شما پیامک بفرستیم: پیامک‌ها برگشته یا خودتان «لغو» را فرستاده‌اید."
    ),
    "save": "ذخیره",
    "saved": "ذخیره شد و از همین حالا اجرا می‌شود.",
    "nothing": "دیگر نشانی‌ای از شما نداریم و چیزی برایتان نمی‌فرستیم.",
    "confirm_title": "می‌خواهید از ما خبر بگیرید؟",
    "confirm_email": "با تأیید شما می‌توانیم برایتان ایمیل بفرستیم.",
    "confirm_sms": "با تأیید شما می‌توانیم برایتان پیامک بفرستیم.",
    "confirm_button": "بله، می‌خواهم",
    "confirmed_title": "سپاسگزاریم",
    "confirmed": "از ما خبر خواهید گرفت. در هر پیام راه لغو آن نوشته شده است.",
    "nowhere_title": "این پیوند به جایی نمی‌رسد",
    "nowhere": (
        "این پیوند از ما نیست یا در راه بریده شده است. پیوند پیام تازه‌تری را باز کنید "
        "یا به همان پیام پاسخ دهید."
    ),
    "later_title": "الان نمی‌شود",
    "later": "بخشی از سامانهٔ ما در این لحظه پاسخ نمی‌دهد. لطفاً یک دقیقهٔ دیگر دوباره تلاش کنید.",
}

WORDS: dict[str, dict[str, str]] = {"en": _EN, "fa": _FA}
