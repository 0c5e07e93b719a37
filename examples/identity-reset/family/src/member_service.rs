//! The member service, as far as this one knows it: it is asked over HTTP.

use std::time::Duration;

use edafw::{Envelope, Failure, Fetch};
use reqwest::{StatusCode, Url};
use serde::Deserialize;

use crate::events::IdentityResetV1;

/// How long it may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A client of the member service.
#[derive(Debug, Clone)]
pub struct MemberService {
    http: reqwest::Client,
    url: Url,
}

/// A member, as far as this service wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Member {
    /// Whether the identity is verified.
    pub verified: bool,
    /// The number of the last verification.
    pub verification: i64,
}

/// The member service gave no answer, or none that says anything of the member.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// It cannot be reached, or does not speak as it should.
    #[error("the member service does not answer: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// It has trouble of its own.
    #[error("the member service answers {0}")]
    Trouble(StatusCode),
}

/// The URL of the member service cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0} it names the member service, such as http://127.0.0.1:8080")]
pub struct InvalidUrl(String);

impl MemberService {
    /// The one that `MEMBER_URL` names.
    ///
    /// # Errors
    /// The variable is not there, or is no URL.
    pub fn from_env() -> Result<Self, InvalidUrl> {
        match std::env::var("MEMBER_URL") {
            Ok(url) if !url.is_empty() => Self::new(&url),
            _ => Err(InvalidUrl("MEMBER_URL is not set:".to_owned())),
        }
    }

    /// The one at this URL.
    ///
    /// # Errors
    /// It is no URL of HTTP.
    pub fn new(url: &str) -> Result<Self, InvalidUrl> {
        let invalid = |problem: String| InvalidUrl(format!("MEMBER_URL cannot be used ({problem}):"));
        let url = Url::parse(url).map_err(|error| invalid(error.to_string()))?;
        if url.scheme() != "http" {
            return Err(invalid(format!("its scheme is `{}`, not `http`", url.scheme())));
        }
        // A proxy of the environment leads elsewhere.
        let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build();
        Ok(Self { http: http.map_err(|error| invalid(error.to_string()))?, url })
    }

    /// A member as it is at present; `None` where there is no such member.
    ///
    /// # Errors
    /// No answer came that says so.
    pub async fn member(&self, member_no: i64) -> Result<Option<Member>, NoAnswer> {
        let mut url = self.url.clone();
        url.set_path(&format!("/members/{member_no}"));
        let answer = self.http.get(url).send().await?;
        match answer.status() {
            StatusCode::OK => Ok(Some(answer.json().await?)),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            status => Err(NoAnswer::Trouble(status)),
        }
    }
}

/// What the event does not say: the state of the member at the time of asking, however late the event comes.
// ANCHOR: fetch
impl Fetch<IdentityResetV1> for Member {
    type Owner = MemberService;

    async fn fetch(
        event: &Envelope<IdentityResetV1>,
        owner: &MemberService,
    ) -> Result<Option<Self>, Failure> {
        // No answer is an error like any other: the member service is asked again after the subscriber's backoff.
        Ok(owner.member(event.data.member_no).await?)
    }
}
// ANCHOR_END: fetch
