//! What AWS answers, as errors of edafw.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use edafw_core::{Error, ErrorKind};

/// An action and what it is done to, for the message of an error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Doing<'a> {
    /// The right that it needs, such as `sqs:ReceiveMessage`.
    pub(crate) right: &'static str,
    /// The name of the topic or queue.
    pub(crate) resource: &'a str,
}

/// Codes of answers, by what they mean.
const DENIED: [&str; 5] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "KMS.AccessDeniedException",
];
const CREDENTIALS: [&str; 8] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];
const MISSING: [&str; 6] = [
    "AWS.SimpleQueueService.NonExistentQueue",
    "NotFound",
    "NotFoundException",
    "QueueDoesNotExist",
    "com.amazonaws.sqs#QueueDoesNotExist",
    "ResourceNotFoundException",
];
const LOST: [&str; 5] = [
    "InvalidParameterValue",
    "InvalidParameterValueException",
    "ReceiptHandleIsInvalid",
    "InvalidIdFormat",
    "NonExistentMessage",
];

impl Doing<'_> {
    /// The error of a request.
    #[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
    pub(crate) fn failed<E, R>(self, error: SdkError<E, R>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let answer = error.as_service_error().map(ProvideErrorMetadata::meta);
        let (code, words) = answer
            .map_or(("", ""), |meta| (meta.code().unwrap_or_default(), meta.message().unwrap_or_default()));
        if code.is_empty() {
            let Self { right, resource } = self;
            if has_no_credentials(&error) {
                let what = format!(
                    "no credentials of AWS were found for {right} on {resource}: set AWS_ACCESS_KEY_ID and \
                     AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the machine a role"
                );
                return Error::configuration(what).caused_by(reason(&error));
            }
            return Error::new(ErrorKind::Transport, format!("no answer to {right} on {resource}"))
                .caused_by(reason(&error));
        }
        self.answered(code, words)
    }

    /// The error of an answer, for a whole request or for one entry of a batch.
    pub(crate) fn answered(self, code: &str, words: &str) -> Error {
        let Self { right, resource } = self;
        let (kind, message) = if DENIED.contains(&code) {
            let what = format!(
                "{right} on {resource} is not allowed: grant this right, see `provision export --iam`"
            );
            (ErrorKind::Configuration, what)
        } else if CREDENTIALS.contains(&code) {
            let what = format!("AWS does not accept the credentials ({code}) for {right} on {resource}");
            (ErrorKind::Configuration, what)
        } else if MISSING.contains(&code) {
            let what = format!(
                "{resource} does not exist ({right}): run `provision apply`, or correct region and prefix"
            );
            (ErrorKind::NotFound, what)
        } else {
            (ErrorKind::Transport, format!("{right} on {resource} failed: {code}"))
        };
        let error = Error::new(kind, message);
        if words.is_empty() { error } else { error.caused_by(words.to_owned()) }
    }

    /// The error of one receipt: fenced where it is worth nothing any more.
    pub(crate) fn of_receipt(self, code: &str, words: &str) -> Error {
        if LOST.contains(&code) {
            return Error::new(
                ErrorKind::Fenced,
                format!("the lease of a message of {} has ended", self.resource),
            );
        }
        self.answered(code, words)
    }
}

/// Whether a queue or topic does not exist.
pub(crate) fn is_missing(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound
}

/// Whether the SDK has looked everywhere and found no credentials; a place that did not answer is another matter.
fn has_no_credentials(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if matches!(error.downcast_ref(), Some(CredentialsError::CredentialsNotLoaded(_))) {
            return true;
        }
        next = error.source();
    }
    false
}

/// The last of an error's causes: those before it only say that something failed.
fn reason<E, R>(error: &SdkError<E, R>) -> String
where
    E: std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOING: Doing<'_> = Doing { right: "sqs:ReceiveMessage", resource: "shop-ship.fifo" };

    #[test]
    fn names_the_resource_and_the_right() {
        for (code, kind) in [
            ("AccessDenied", ErrorKind::Configuration),
            ("ExpiredToken", ErrorKind::Configuration),
            ("AWS.SimpleQueueService.NonExistentQueue", ErrorKind::NotFound),
            ("ThrottlingException", ErrorKind::Transport),
        ] {
            let error = DOING.answered(code, "in the words of AWS");
            assert_eq!(error.kind(), kind, "{code}");
            let text = error.chain();
            for part in ["sqs:ReceiveMessage", "shop-ship.fifo", "in the words of AWS"] {
                assert!(text.contains(part), "{text}");
            }
        }
    }

    #[test]
    fn a_receipt_that_is_worth_nothing_is_fenced() {
        assert!(DOING.of_receipt("ReceiptHandleIsInvalid", "").is_fenced());
        assert_eq!(DOING.of_receipt("InternalError", "").kind(), ErrorKind::Transport);
    }
}
