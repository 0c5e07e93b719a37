//! SNS and SQS as a transport.

use std::time::Duration;

use aws_sdk_sns::Client as Sns;
use aws_sdk_sqs::Client as Sqs;
use aws_sdk_sqs::types::QueueAttributeName;
use edafw_core::{
    BoxFuture, Delivered, Destination, Error, ExtendLease, Limits, Message, Provision, QueueDepth, Receipt,
    Result, Topology, Transport,
};

use crate::client;
use crate::config::SqsConfig;
use crate::error::Doing;
use crate::long_poll::LongPolls;
use crate::message::MAX_BYTES;
use crate::queues::{Physical, Queues};

/// What is kept of a message's bytes for its attributes: a name, and a key that no message group can hold.
const ATTRIBUTES: usize = 8 * 1024;

/// A handle to SNS and SQS in one region.
#[derive(Debug)]
pub struct SqsTransport {
    pub(crate) config: SqsConfig,
    pub(crate) identity: String,
    pub(crate) sns: Sns,
    pub(crate) sqs: Sqs,
    pub(crate) queues: Queues,
    pub(crate) polls: LongPolls,
}

impl SqsTransport {
    /// Makes a handle with the credentials, the profile and the endpoint that the SDK finds in the environment. Sends
    /// nothing yet.
    ///
    /// `topology` is what the service declares: it says which kind a queue has and what it was called before.
    pub async fn connect(config: SqsConfig, topology: &Topology) -> Self {
        let settings = client::settings(&config).await;
        Self::with_clients(config, Sns::new(&settings), Sqs::new(&settings), topology)
    }

    /// Makes a handle of clients that are set up already. Their region must be that of `config`, and their time-out
    /// per attempt more than the requests of your account take; a receive has the time that it waits on top.
    pub fn with_clients(config: SqsConfig, sns: Sns, sqs: Sqs, topology: &Topology) -> Self {
        let queues = Queues::new(sqs.clone(), config.clone());
        queues.declared.learn(topology);
        Self { identity: config.identity(), config, sns, sqs, queues, polls: LongPolls::default() }
    }

    /// The messages of one queue in AWS: waiting, leased and delayed.
    pub(crate) async fn count(&self, queue: &Physical) -> Result<u64> {
        use QueueAttributeName::{
            ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed,
            ApproximateNumberOfMessagesNotVisible,
        };
        let doing = Doing { right: "sqs:GetQueueAttributes", resource: &queue.name };
        let counts = [
            ApproximateNumberOfMessages,
            ApproximateNumberOfMessagesDelayed,
            ApproximateNumberOfMessagesNotVisible,
        ];
        let request = self.sqs.get_queue_attributes().queue_url(&*queue.url);
        let answer = request
            .set_attribute_names(Some(counts.to_vec()))
            .send()
            .await
            .map_err(|error| doing.failed(error))?;
        let count = |name| answer.attributes()?.get(name)?.parse::<u64>().ok();
        Ok(counts.iter().filter_map(count).sum())
    }
}

impl Transport for SqsTransport {
    fn name(&self) -> &'static str {
        "sqs"
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn limits(&self) -> Limits {
        Limits {
            // Requests of ten go out side by side.
            batch: 100,
            receive: 100,
            message_bytes: MAX_BYTES - ATTRIBUTES,
            failed_entry_fails_key: false,
        }
    }

    fn publish<'a>(
        &'a self,
        to: &'a Destination,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Result<()>>>> {
        Box::pin(self.send(to, messages))
    }

    fn receive<'a>(
        &'a self,
        queue: &'a str,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> BoxFuture<'a, Result<Vec<Delivered>>> {
        Box::pin(self.take(queue, max, lease, wait))
    }

    fn acknowledge<'a>(&'a self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<Vec<Result<()>>>> {
        Box::pin(self.delete(receipts))
    }

    fn release<'a>(&'a self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { unless_fenced(self.hide(receipts, Duration::ZERO).await?) })
    }

    fn retry<'a>(&'a self, receipt: &'a Receipt, delay: Duration) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { unless_fenced(self.hide(std::slice::from_ref(receipt), delay).await?) })
    }

    fn extend_lease(&self) -> Option<&dyn ExtendLease> {
        Some(self)
    }

    fn provision(&self) -> Option<&dyn Provision> {
        Some(self)
    }

    fn queue_depth(&self) -> Option<&dyn QueueDepth> {
        Some(self)
    }
}

/// What is somebody else's or gone cannot be given back, and need not be.
fn unless_fenced(results: Vec<Result<()>>) -> Result<()> {
    results
        .into_iter()
        .find(|result| result.as_ref().is_err_and(|error| !error.is_fenced()))
        .unwrap_or(Ok(()))
}

impl ExtendLease for SqsTransport {
    fn extend<'a>(&'a self, receipts: &'a [Receipt], lease: Duration) -> BoxFuture<'a, Result<Vec<Receipt>>> {
        Box::pin(async move {
            let results = self.hide(receipts, lease).await?;
            let lost = |result: &Result<()>| result.as_ref().is_err_and(Error::is_fenced);
            let receipts = receipts.iter().zip(&results);
            Ok(receipts.filter(|(_, result)| lost(result)).map(|(receipt, _)| receipt.clone()).collect())
        })
    }
}

impl QueueDepth for SqsTransport {
    fn depth<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let place = self.queues.place(queue).await?;
            let mut count = self.count(&place.queue).await?;
            for former in place.former() {
                count += self.count(&former).await?;
            }
            Ok(count)
        })
    }
}
