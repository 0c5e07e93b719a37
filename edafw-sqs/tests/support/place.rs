//! Places for the conformance suite: names of their own on an emulator.

use aws_sdk_sns::config::{BehaviorVersion, Credentials, Region};
use edafw_core::Topology;
use edafw_sqs::{SqsConfig, SqsTransport, Topics};
use uuid::Uuid;

use super::emulator::Emulator;

pub const ACCOUNT: &str = "000000000000";
pub const REGION: &str = "eu-central-1";

/// Names that nobody else uses, on an emulator.
pub struct Place {
    pub emulator: Emulator,
    pub config: SqsConfig,
}

impl Place {
    pub fn new(topics: Topics) -> Self {
        let mut config = SqsConfig::new(REGION);
        config.topics = topics;
        config.account = Some(ACCOUNT.to_owned());
        config.prefix = format!("{}-", &Uuid::now_v7().simple().to_string()[16..]);
        Self { emulator: Emulator::start(), config }
    }

    /// A handle that goes to `endpoint`.
    pub fn connect_through(&self, endpoint: &str, topology: &Topology) -> SqsTransport {
        SqsTransport::with_clients(self.config.clone(), sns(endpoint), sqs(endpoint), topology)
    }

    /// What [`connect`](Self::connect) answers, for those who would have to wait for it elsewhere.
    pub fn handle(&self) -> std::future::Ready<SqsTransport> {
        std::future::ready(self.connect())
    }

    pub fn connect(&self) -> SqsTransport {
        self.connect_through(self.emulator.endpoint(), &Topology::default())
    }
}

/// SNS, past the transport.
pub fn sns(endpoint: &str) -> aws_sdk_sns::Client {
    let config = aws_sdk_sns::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .credentials_provider(credentials())
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    aws_sdk_sns::Client::from_conf(config.build())
}

/// SQS, past the transport.
pub fn sqs(endpoint: &str) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .credentials_provider(credentials())
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    aws_sdk_sqs::Client::from_conf(config.build())
}

fn credentials() -> Credentials {
    Credentials::new("test", "test", None, None, "tests")
}
