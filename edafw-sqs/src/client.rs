//! The clients of SNS and SQS.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::{Builder, tls};

use crate::config::SqsConfig;

/// How long a connection may take to open.
const CONNECT: Duration = Duration::from_secs(5);

/// How long one try of a request may take. A receive that waits has the time that it waits on top.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(10);

/// What the SDK finds in the environment and in profiles, with our HTTP client.
pub(crate) async fn settings(config: &SqsConfig) -> SdkConfig {
    let http = Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https();
    let mut loader = aws_config::defaults(behavior())
        .region(Region::new(config.region.clone()))
        .http_client(http)
        .timeout_config(
            TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build(),
        );
    if let Some(endpoint) = &config.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    loader.load().await
}

/// Pinned, so that an update of the SDK changes nothing by itself.
fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// The time-outs of a receive that waits for `wait`.
pub(crate) fn while_waiting(wait: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT + wait).build()
}
