//! What else Google writes to developers.

use super::Draft;

const SUPPORT: &str = "Google Play Support <no-reply-googleplay-developer@google.com>";
const CONSOLE: &str = "Google Play Console <noreply-play-developer-console@google.com>";
const PLAY: &str = "Google Play <googleplay-noreply@google.com>";
const GMAIL: &str = "Gmail Team <forwarding-noreply@google.com>";

/// An app may be published to production. The subject was seen; it names neither app nor package.
pub fn production_access() -> Draft {
    let subject = "Congratulations! Your app has been granted Google Play production access";
    let text = "Hello,\n\nYour app has been granted access to production.\n\nLANG=en|MODE=M|REG=KR|TID=CW\n";
    Draft::new(SUPPORT, subject, text)
}

/// A suspension in the words of 2016, which name the package without parentheses.
pub fn suspension_of_2016(app: &str, package: &str) -> Draft {
    let text = format!(
        "After review, {app}, {package}, has been suspended and removed from Google Play as a policy strike because it \
         violates the impersonation policy.\n"
    );
    Draft::new(SUPPORT, "Notification of Google Play Developer Policy Violation", text)
}

/// An update is live. Invented: nobody has shown such a mail.
pub fn live(app: &str, package: &str) -> Draft {
    let text = format!("Hi,\n\nYour update to {app} ({package}) is live on Google Play.\n\nVersion code: 12\n");
    Draft::new(CONSOLE, "Your update is live", text)
}

/// Apps have to target a newer API level, in Korean: it names apps by title, without packages.
pub fn target_level_in_korean(titles: &[&str]) -> Draft {
    let subject = "[조치 필요] 귀하의 앱이 Google Play 대상 API 수준 요구사항의 영향을 받습니다";
    let text = format!("안녕하세요?\n\n영향을 받는 앱:\n{}\n\nLANG=ko|MODE=A|REG=KR|TID=CW\n", titles.join("\n"));
    Draft::new(SUPPORT, subject, text)
}

/// A developer's account was restricted.
pub fn restricted_account(developer: &str) -> Draft {
    let subject = format!("Notification from Google Play about {developer}");
    Draft::new(SUPPORT, subject, "Restricted developer account\n\nYour account has been restricted.\n")
}

/// A newsletter.
pub fn newsletter() -> Draft {
    Draft::new(PLAY, "Updates to our Terms of Service", "Hello Google Play Developer,\n\nWe are updating our terms.\n")
}

/// A customer's receipt.
pub fn receipt() -> Draft {
    Draft::new(PLAY, "Your Google Play Order Receipt from Nov 2, 2026", "Thank you.\n\nTotal: $1.99\n")
}

/// Somebody has reviewed an app: `review` is a stranger's text.
pub fn user_review(app: &str, review: &str) -> Draft {
    Draft::new(CONSOLE, format!("A user has written a new review for {app}"), format!("{review}\n\nReply to review\n"))
}

/// The languages of [`gmail_confirmation`].
pub const GMAIL_LANGUAGES: [&str; 5] = ["en", "en-2021", "zh-CN", "es", "ko"];

/// Gmail asks whether `user`'s mail may be forwarded to `to`. The English and Chinese words were seen, the others are
/// invented; `token` ends up in the link.
pub fn gmail_confirmation(user: &str, to: &str, token: &str, language: &str) -> Draft {
    let link = |kind: &str| format!("https://mail-settings.google.com/mail/{kind}-%5B{token}%5D-x");
    let (confirm, cancel) = (link("vf"), link("uf"));
    let (from, subject, text) = match language {
        "en-2021" => (
            GMAIL,
            format!("(#99427480) Gmail Forwarding Confirmation - Receive Mail from {user}"),
            format!(
                "{user} has requested to automatically forward mail to your email\naddress {to}.\nConfirmation code: \
                 99427480\n\nTo allow {user} to automatically forward mail to your address, please click the link \
                 below to confirm the request:\n\n{confirm}\n\n… click this link to cancel this verification:\n{cancel}\n"
            ),
        ),
        "zh-CN" => (
            "Gmail 小组 <forwarding-noreply@google.com>",
            format!("(#416704879) Gmail 转发确认 - 从 {user} 接收邮件"),
            format!(
                "{user} 请求将邮件自动转发到您的电子邮件地址 {to}。\n确认代码：416704879\n\n{confirm}\n\n{cancel}\n"
            ),
        ),
        "es" => (
            "Equipo de Gmail <forwarding-noreply@google.com>",
            "(#246813579) Confirmación de reenvío de Gmail".to_owned(),
            format!("{user} ha solicitado reenviar correo a tu dirección {to}.\n\n{confirm}\n\n{cancel}\n"),
        ),
        "ko" => (
            "Gmail 팀 <forwarding-noreply@google.com>",
            format!("(Gmail) 전달 확인 - {user}"),
            format!("{user}님이 메일을 {to}(으)로 자동 전달하도록 요청했습니다.\n\n{confirm}\n\n{cancel}\n"),
        ),
        _ => (
            GMAIL,
            format!("(Gmail Forwarding Confirmation - Receive Mail from {user}"),
            format!(
                "{user} has requested to automatically forward mail to your email address {to}.\n\nTo allow {user} to \
                 forward mail to your address automatically, please click the link below to confirm the request:\n\n\
                 {confirm}\n\nIf you accidentally clicked the link, but you do not want to allow {user} to forward \
                 messages to your address, click this link to cancel this verification:\n{cancel}\n"
            ),
        ),
    };
    Draft::new(from, subject, text).to(to).header("X-Google-Address-Confirmation", "5Oy0JoHhZGpbZGVmZ2hpamtsbW4")
}
