//! Mails about policy decisions, in Google's words.

use super::Draft;

const SENDER: &str = "Google Play Support <no-reply-googleplay-developer@google.com>";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Rejected,
    Warned,
    Removed,
    Suspended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edition {
    English,
    /// Wrapped at some 76 columns, straight apostrophes.
    English2023,
    Korean,
}

/// What Google writes when an app breaks a policy. Rejections, warnings, removals and suspensions have the same subject
/// and differ in one line.
///
/// The words are those of mails that were seen: English of 2023 and 2026, Korean of 2025 and 2026.
#[derive(Debug, Clone)]
pub struct PolicyLetter {
    app: String,
    package: String,
    standing: Standing,
    edition: Edition,
    issues: Vec<String>,
    codes: Vec<u64>,
    deadline: String,
}

impl PolicyLetter {
    /// An app, or an update of it, was rejected.
    pub fn rejection(app: impl Into<String>, package: impl Into<String>) -> Self {
        Self::new(app, package, Standing::Rejected)
    }

    /// Something has to be done by a [deadline](Self::deadline).
    pub fn warning(app: impl Into<String>, package: impl Into<String>) -> Self {
        Self::new(app, package, Standing::Warned)
    }

    /// An app was removed.
    pub fn removal(app: impl Into<String>, package: impl Into<String>) -> Self {
        Self::new(app, package, Standing::Removed)
    }

    /// An app was suspended.
    pub fn suspension(app: impl Into<String>, package: impl Into<String>) -> Self {
        Self::new(app, package, Standing::Suspended)
    }

    fn new(app: impl Into<String>, package: impl Into<String>, standing: Standing) -> Self {
        Self {
            app: app.into(),
            package: package.into(),
            standing,
            edition: Edition::English,
            issues: Vec::new(),
            codes: Vec::new(),
            deadline: "April 25, 2027".to_owned(),
        }
    }

    /// An issue that was found. Without any, the one of the mails that were seen.
    #[must_use]
    pub fn issue(mut self, issue: impl Into<String>) -> Self {
        self.issues.push(issue.into());
        self
    }

    /// The version codes that have it.
    #[must_use]
    pub fn codes(mut self, codes: impl IntoIterator<Item = u64>) -> Self {
        self.codes.extend(codes);
        self
    }

    /// Until when a warning asks for something: 25 April 2027, until told otherwise.
    #[must_use]
    pub fn deadline(mut self, deadline: impl Into<String>) -> Self {
        self.deadline = deadline.into();
        self
    }

    /// In Korean.
    #[must_use]
    pub fn in_korean(mut self) -> Self {
        self.edition = Edition::Korean;
        self
    }

    /// In the English of 2023.
    #[must_use]
    pub fn of_2023(mut self) -> Self {
        self.edition = Edition::English2023;
        self
    }

    /// The mail.
    pub fn draft(&self) -> Draft {
        let app = &self.app;
        match self.edition {
            Edition::Korean => Draft::new(
                "Google Play 지원팀 <no-reply-googleplay-developer@google.com>",
                format!("조치 필요: 앱이 Google Play 정책을 준수하지 않음({app})"),
                self.korean(),
            ),
            Edition::English | Edition::English2023 => Draft::new(
                SENDER,
                format!("Action Required: Your app is not compliant with Google Play Policies ({app})"),
                self.english(),
            ),
        }
    }

    fn english(&self) -> String {
        let (app, package) = (&self.app, &self.package);
        let old = self.edition == Edition::English2023;
        let opening = if old {
            format!(
                "After a recent review, we found that your app {app} ({package})\nis not compliant with one or more of \
                 our Developer Program Policies. See\nbelow for more information about your app's status and how to \
                 correct the issue."
            )
        } else {
            format!(
                "After a recent review, we found that your app {app} ({package}) is not compliant with one or more of \
                 our Developer Program Policies. See below for more information about your app’s status and how to \
                 correct the issue."
            )
        };
        let (status, explanation) = match self.standing {
            Standing::Rejected if old => (
                "App Status: Rejected",
                "Your app has been rejected and wasn't published due to the policy issue(s)\nlisted below. If you \
                 submitted an update, the previous version of your app\nis still available on Google Play."
                    .to_owned(),
            ),
            Standing::Rejected => (
                "App Status: Rejected",
                "Changes to your app weren’t published because of the policy issue(s) listed below. If you have an \
                 older version of your app, it will still be available on Google Play."
                    .to_owned(),
            ),
            Standing::Removed => (
                "App Status: Removed",
                "Your app has been removed from Google Play because of the policy issue(s) listed below.".to_owned(),
            ),
            Standing::Suspended => (
                "App Status: Suspended",
                "Your app has been suspended from Google Play because of the policy issue(s) listed below.".to_owned(),
            ),
            Standing::Warned => (
                "Status: Further action required",
                format!("If this issue isn’t fixed by {}, further action may be taken on your app.", self.deadline),
            ),
        };
        let issues = self.issues("Issue found: ", "Violation of Content Ratings policy", "Version code ", "");
        format!(
            "Hi Developers at Sample Team,\n\n{opening}\n\nPublishing Status\n{status}\n{explanation}\n\nGo to Play \
             Console\n\n{issues}\nAction required: Submit an updated app for review\n\nHere’s how to submit your app \
             for another review:\n1. Make the necessary changes to your app.\n2. Double check that your app is \
             compliant with all other Developer Program Policies.\n\nLANG=en|MODE={}|REG=KR|TID=CW\n© 2026 Google LLC \
             1600 Amphitheatre Parkway, Mountain View, CA 94043\n",
            self.mode(),
        )
    }

    fn korean(&self) -> String {
        let (app, package) = (&self.app, &self.package);
        let (status, explanation) = match self.standing {
            Standing::Rejected => {
                ("앱 상태: 거부됨", "아래 나열된 정책 문제로 인해 앱 변경사항이 게시되지 않았습니다.".to_owned())
            }
            Standing::Removed => ("앱 상태: 삭제됨", "앱이 Google Play에서 삭제되었습니다.".to_owned()),
            Standing::Suspended => ("앱 상태: 정지됨", "앱이 Google Play에서 정지되었습니다.".to_owned()),
            Standing::Warned => (
                "상태: 추가 조치 필요",
                format!("{}까지 이 문제를 해결하지 않으면 앱에 추가 조치가 취해질 수 있습니다.", self.deadline),
            ),
        };
        let issues = self.issues("발견된 문제: ", "Play Console 요구사항 위반", "버전 코드: ", " 인앱 환경:");
        format!(
            "Sample Team 개발자님, 안녕하세요?\n\n{app}({package}) 앱을 검토한 결과 앱 상태에 영향을 미치는 Google Play \
             정책 하나 이상을 준수하지 않는 것으로 확인되었습니다.\n\nPublishing Status\n{status}\n{explanation}\n\n\
             {issues}\nLANG=ko|MODE={}|REG=KR|TID=CW\n© 2026 Google LLC 1600 Amphitheatre Parkway, Mountain View, CA \
             94043\n",
            self.mode(),
        )
    }

    /// Each issue, and the version codes under the first.
    fn issues(&self, label: &str, usual: &str, code_label: &str, after_code: &str) -> String {
        let usual = [usual.to_owned()];
        let issues = if self.issues.is_empty() { &usual[..] } else { &self.issues };
        let codes = self.codes.iter().map(|code| format!("{code_label}{code}:{after_code} see the screenshot\n"));
        let mut text = String::new();
        for (at, issue) in issues.iter().enumerate() {
            text += &format!("{label}{issue}\n");
            if at == 0 {
                text += &codes.clone().collect::<String>();
            }
            text += "\n";
        }
        text
    }

    fn mode(&self) -> &'static str {
        if self.standing == Standing::Warned { "A" } else { "M" }
    }
}
