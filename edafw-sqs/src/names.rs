//! Names in AWS of topics and queues.

use uuid::Uuid;

use crate::config::{SqsConfig, Topics};

/// Whether a queue keeps the order of its message groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Fifo,
    Standard,
}

impl Kind {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Fifo => Self::Standard,
            Self::Standard => Self::Fifo,
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Fifo => ".fifo",
            Self::Standard => "",
        }
    }
}

impl From<Topics> for Kind {
    fn from(topics: Topics) -> Self {
        match topics {
            Topics::Fifo => Self::Fifo,
            Topics::Standard => Self::Standard,
        }
    }
}

/// SQS takes names of 80 characters; the longest ending is that of an ordered dead letter queue.
const LONGEST: usize = 80 - "-dead.fifo".len();

/// What dead letter queues end with, before the ending of their kind.
const DEAD: &str = "-dead";

/// The name in AWS of a queue or topic, without the ending of its kind.
///
/// `.` becomes `-`, and `-` becomes `--`, because SQS takes no dots. What is too long ends with a hash.
fn base(config: &SqsConfig, name: &str) -> String {
    let escaped = format!("{}{}", config.prefix, name.replace('-', "--").replace('.', "-"));
    if escaped.len() <= LONGEST {
        return escaped;
    }
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).simple().to_string();
    format!("{}-{}", &escaped[..LONGEST - 17], &hash[..16])
}

pub(crate) fn queue(config: &SqsConfig, name: &str, kind: Kind) -> String {
    format!("{}{}", base(config, name), kind.suffix())
}

pub(crate) fn dead_letter_queue(config: &SqsConfig, name: &str, kind: Kind) -> String {
    format!("{}{DEAD}{}", base(config, name), kind.suffix())
}

pub(crate) fn topic(config: &SqsConfig, name: &str) -> String {
    format!("{}{}", base(config, name), Kind::from(config.topics).suffix())
}

/// The kind of a queue by its name in AWS.
pub(crate) fn kind_of(physical: &str) -> Kind {
    if physical.ends_with(Kind::Fifo.suffix()) { Kind::Fifo } else { Kind::Standard }
}

/// The queue's name by its name in AWS, if it is one of `service` in this environment. A name that was too long is
/// given as it is in AWS.
pub(crate) fn queue_of_service(config: &SqsConfig, service: &str, physical: &str) -> Option<String> {
    let name = physical.strip_suffix(Kind::Fifo.suffix()).unwrap_or(physical);
    let rest = name.strip_prefix(&base(config, service))?.strip_prefix('-')?;
    if rest.starts_with('-') {
        return None;
    }
    let escaped = name.strip_prefix(&*config.prefix)?;
    Some(escaped.replace("--", "\0").replace('-', ".").replace('\0', "-"))
}

/// The ARN of something in this account. AWS has three partitions that a region tells apart.
pub(crate) fn arn(config: &SqsConfig, service: &str, account: &str, name: &str) -> String {
    let region = &config.region;
    let partition = match region.get(..3) {
        Some("cn-") => "aws-cn",
        Some("us-") if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!("arn:{partition}:{service}:{region}:{account}:{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> SqsConfig {
        SqsConfig { prefix: "test-".to_owned(), ..SqsConfig::new("eu-central-1") }
    }

    #[test]
    fn names_are_told_apart() {
        let names = ["order.history-sync", "order-history.sync", "order.history_sync"];
        let physical = names.map(|name| queue(&config(), name, Kind::Fifo));
        assert_eq!(
            physical,
            [
                "test-order-history--sync.fifo",
                "test-order--history-sync.fifo",
                "test-order-history_sync.fifo"
            ]
        );
        for (name, service) in names.iter().zip(["order", "order-history", "order"]) {
            let found = queue_of_service(&config(), service, &queue(&config(), name, Kind::Standard));
            assert_eq!(found.as_deref(), Some(*name));
        }
        assert_eq!(queue_of_service(&config(), "order", &physical[1]), None);
        assert_eq!(queue_of_service(&config(), "ship", &physical[0]), None);
    }

    #[test]
    fn long_names_fit_and_differ() {
        let long = |end: &str| format!("shop.{}{end}", "a".repeat(90));
        let [first, second] = ["x", "y"].map(|end| dead_letter_queue(&config(), &long(end), Kind::Fifo));
        assert_eq!((first.len(), second.len()), (80, 80));
        assert_ne!(first, second);
    }

    #[test]
    fn an_arn_has_the_partition_of_its_region() {
        let of = |region| arn(&SqsConfig::new(region), "sns", "1", "a");
        assert_eq!(of("eu-central-1"), "arn:aws:sns:eu-central-1:1:a");
        assert_eq!(of("us-gov-west-1"), "arn:aws-us-gov:sns:us-gov-west-1:1:a");
        assert_eq!(of("cn-north-1"), "arn:aws-cn:sns:cn-north-1:1:a");
    }
}
