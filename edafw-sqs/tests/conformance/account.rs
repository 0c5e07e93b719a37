//! Places in an account of AWS, for `cargo xtask test-aws`.

use aws_sdk_sns::Client as Sns;
use aws_sdk_sqs::Client as Sqs;
use edafw_core::Topology;
use edafw_sqs::{SqsConfig, SqsTransport, Topics};
use uuid::Uuid;

/// Names that nobody else uses; dropped, what has such a name is deleted.
pub(crate) struct Account {
    config: SqsConfig,
}

impl Account {
    /// In the region and the account that `EDAFW_TEST_AWS_REGION` and `EDAFW_TEST_AWS_ACCOUNT` name.
    ///
    /// # Panics
    /// One of them is not set.
    pub(crate) fn new(topics: Topics) -> Self {
        let variable = |name: &str| {
            std::env::var(name)
                .unwrap_or_else(|_| panic!("{name} is not set: these tests run in an account of AWS"))
        };
        let mut config = SqsConfig::new(variable("EDAFW_TEST_AWS_REGION"));
        config.account = Some(variable("EDAFW_TEST_AWS_ACCOUNT"));
        config.topics = topics;
        config.prefix = format!("edafw-{}-", &Uuid::now_v7().simple().to_string()[20..]);
        Self { config }
    }

    /// A handle with the credentials that the SDK finds.
    pub(crate) async fn handle(&self) -> SqsTransport {
        SqsTransport::connect(self.config.clone(), &Topology::default()).await
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let config = self.config.clone();
        // The test's own runtime is busy with dropping.
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(delete(&config));
        });
        cleaning.join().expect("what the test has made is deleted");
    }
}

async fn delete(config: &SqsConfig) {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(
            aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
        ))
        .build_https();
    let settings = aws_config::defaults(aws_config::BehaviorVersion::v2026_01_12())
        .region(aws_config::Region::new(config.region.clone()))
        .http_client(http)
        .load()
        .await;
    let (sns, sqs) = (Sns::new(&settings), Sqs::new(&settings));
    let queues = sqs.list_queues().queue_name_prefix(&config.prefix).send().await.expect("queues are listed");
    for url in queues.queue_urls() {
        sqs.delete_queue().queue_url(url).send().await.expect("a queue is deleted");
    }
    let mut pages = sns.list_topics().into_paginator().send();
    while let Some(page) = pages.next().await {
        for arn in page.expect("topics are listed").topics().iter().filter_map(|topic| topic.topic_arn()) {
            if arn.contains(&format!(":{}", config.prefix)) {
                // Its subscriptions go with it.
                sns.delete_topic().topic_arn(arn).send().await.expect("a topic is deleted");
            }
        }
    }
}
