//! What the URL of this transport says.

use edafw_core::{Error, Result};

/// Which kind of topics and queues there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Topics {
    /// FIFO: the events of one key stay in order.
    #[default]
    Fifo,
    /// Standard: no order, and no limit to the throughput.
    Standard,
}

/// How this transport is set up: `sqs://REGION?prefix=prod-&topics=standard`.
///
/// All services that share events must say the same, because the names of topics follow from it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqsConfig {
    /// The AWS region, such as `eu-central-1`.
    pub region: String,
    /// What the names of all topics and queues begin with, so that several environments share an account:
    /// `prefix=prod-`. Letters, digits, `-` and `_`, at most 20. Default: nothing.
    pub prefix: String,
    /// Which kind of topics and queues there are: `topics=fifo` or `topics=standard`. Default: FIFO.
    pub topics: Topics,
    /// The number of the AWS account: `account=123456789012`. Default: the account of the credentials, as the
    /// service's own queues show it.
    pub account: Option<String>,
    /// Another endpoint than the region's: `endpoint=http://127.0.0.1:4566`. Default: what the SDK finds in
    /// `AWS_ENDPOINT_URL` and its profile.
    pub endpoint: Option<String>,
    /// The KMS key that encrypts what lies in topics and queues: `kms_key=alias/events`. Default: the queues'
    /// own encryption, without a key of yours.
    pub kms_key: Option<String>,
}

impl SqsConfig {
    /// The set-up of a region, everything else as by default.
    pub fn new(region: impl Into<String>) -> Self {
        Self {
            region: region.into(),
            prefix: String::new(),
            topics: Topics::Fifo,
            account: None,
            endpoint: None,
            kms_key: None,
        }
    }

    /// Reads a URL.
    ///
    /// # Errors
    /// It does not begin with `sqs://` and a region, or has a parameter that is not known or makes no sense.
    pub fn parse(url: &str) -> Result<Self> {
        let wrong = |what: String| Error::configuration(format!("the URL of the SQS transport: {what}"));
        let rest = url
            .strip_prefix("sqs://")
            .ok_or_else(|| wrong("it begins with `sqs://` and a region: `sqs://eu-central-1`".to_owned()))?;
        let (region, query) = rest.split_once('?').unwrap_or((rest, ""));
        let region = region.trim_end_matches('/');
        if region.is_empty() || !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(wrong(format!("`{region}` is not a region; write it as `sqs://eu-central-1`")));
        }
        let mut config = Self::new(region);
        for parameter in query.split('&').filter(|one| !one.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name {
                "prefix" if is_prefix(value) => value.clone_into(&mut config.prefix),
                "prefix" => {
                    return Err(wrong(format!("`prefix={value}`: letters, digits, `-` and `_`, at most 20")));
                }
                "topics" => {
                    config.topics = match value {
                        "fifo" => Topics::Fifo,
                        "standard" => Topics::Standard,
                        other => return Err(wrong(format!("`topics={other}`: say `fifo` or `standard`"))),
                    }
                }
                "account" if value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                    config.account = Some(value.to_owned());
                }
                "account" => return Err(wrong(format!("`account={value}`: twelve digits"))),
                "endpoint" if value.starts_with("http://") || value.starts_with("https://") => {
                    config.endpoint = Some(value.trim_end_matches('/').to_owned());
                }
                // The value is not shown: a URL may hold a password.
                "endpoint" => return Err(wrong("`endpoint`: a URL with `http://` or `https://`".to_owned())),
                "kms_key" if !value.is_empty() => config.kms_key = Some(value.to_owned()),
                other => {
                    return Err(wrong(format!(
                        "`{other}` is not known; there are `prefix`, `topics`, `account`, `endpoint` and `kms_key`"
                    )));
                }
            }
        }
        Ok(config)
    }

    /// Which place this is, without credentials.
    pub(crate) fn identity(&self) -> String {
        let kind = match self.topics {
            Topics::Fifo => "fifo",
            Topics::Standard => "standard",
        };
        // Whatever stands before the host could be a password.
        let endpoint = self.endpoint.as_deref().map_or("", |url| {
            let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
            rest.rsplit_once('@').map_or(rest, |(_, host)| host)
        });
        format!("{}/{}?topics={kind}&endpoint={endpoint}", self.region, self.prefix)
    }
}

fn is_prefix(text: &str) -> bool {
    text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_everything_that_a_url_may_say() {
        let url = "sqs://eu-central-1?prefix=test-&topics=standard&account=000000000000&\
                   endpoint=http://127.0.0.1:4566/&kms_key=alias/events";
        let expected = SqsConfig {
            region: "eu-central-1".to_owned(),
            prefix: "test-".to_owned(),
            topics: Topics::Standard,
            account: Some("000000000000".to_owned()),
            endpoint: Some("http://127.0.0.1:4566".to_owned()),
            kms_key: Some("alias/events".to_owned()),
        };
        assert_eq!(SqsConfig::parse(url).unwrap(), expected);
        assert_eq!(SqsConfig::parse("sqs://eu-west-1").unwrap(), SqsConfig::new("eu-west-1"));
    }

    #[test]
    fn says_what_is_wrong() {
        for (url, words) in [
            ("sqs:eu-central-1", "begins with `sqs://`"),
            ("sqs://", "is not a region"),
            ("sqs://eu central", "is not a region"),
            ("sqs://eu-west-1?topics=quick", "say `fifo` or `standard`"),
            ("sqs://eu-west-1?account=12", "twelve digits"),
            ("sqs://eu-west-1?prefix=a.b", "letters, digits"),
            ("sqs://eu-west-1?retries=3", "`retries` is not known"),
            ("sqs://eu-west-1?endpoint=user:secret@host", "a URL with"),
        ] {
            let error = SqsConfig::parse(url).unwrap_err().chain();
            assert!(error.contains(words), "{url}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn two_places_are_told_apart_and_no_password_is_shown() {
        let identity = |url| SqsConfig::parse(url).unwrap().identity();
        assert_eq!(identity("sqs://eu-west-1"), identity("sqs://eu-west-1?account=000000000000"));
        assert_ne!(identity("sqs://eu-west-1"), identity("sqs://eu-west-2"));
        assert_ne!(identity("sqs://eu-west-1"), identity("sqs://eu-west-1?topics=standard"));
        assert!(!identity("sqs://eu-west-1?endpoint=http://me:secret@host").contains("secret"));
    }
}
