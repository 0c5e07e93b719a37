//! Saying what became of received messages.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry, ChangeMessageVisibilityBatchResultEntry,
    DeleteMessageBatchRequestEntry, DeleteMessageBatchResultEntry,
};
use edafw_core::{Error, ErrorKind, Receipt, Result};
use futures_util::future::join_all;

use crate::chunks::ENTRIES;
use crate::error::Doing;
use crate::long_poll::seconds;
use crate::queues::Physical;
use crate::transport::SqsTransport;

/// SQS hides a message for twelve hours at most, counted from its receive; this leaves some of it for handlers.
const LONGEST_DELAY: Duration = Duration::from_hours(11);

/// What is done with received messages.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// Gone for good.
    Delete,
    /// Nobody receives them for so many seconds from now.
    Hide(i32),
}

impl Change {
    fn right(self) -> &'static str {
        match self {
            Self::Delete => "sqs:DeleteMessage",
            Self::Hide(_) => "sqs:ChangeMessageVisibility",
        }
    }
}

/// The result of each entry of a request, by its place in the request.
type Results = Vec<(usize, Result<()>)>;

impl SqsTransport {
    /// Removes messages; one result per receipt.
    pub(crate) async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<Result<()>>> {
        self.change(Change::Delete, receipts).await
    }

    /// Lets leases end so long from now; one result per receipt.
    pub(crate) async fn hide(&self, receipts: &[Receipt], lease: Duration) -> Result<Vec<Result<()>>> {
        self.change(Change::Hide(seconds(lease.min(LONGEST_DELAY))), receipts).await
    }

    /// Goes queue by queue, ten receipts at a time, and puts the results in the order of the receipts.
    async fn change(&self, change: Change, receipts: &[Receipt]) -> Result<Vec<Result<()>>> {
        let right = change.right();
        let mut by_queue: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
        for (index, receipt) in receipts.iter().enumerate() {
            let (queue, handle) = parts(&receipt.handle);
            by_queue.entry(queue).or_default().push((index, handle));
        }
        let mut batches = Vec::new();
        for (queue, entries) in &by_queue {
            let found = self.queues.look_up(queue).await?;
            let missing = || Doing { right, resource: queue }.answered("QueueDoesNotExist", "");
            let physical = found.ok_or_else(missing)?;
            batches.extend(entries.chunks(ENTRIES).map(|chunk| (physical.clone(), chunk)));
        }
        let requests = batches.iter().map(|(queue, chunk)| self.request_change(change, queue, chunk));
        let answers = join_all(requests).await;
        let unanswered = |receipt: &Receipt| {
            let queue = &receipt.queue;
            Err(Error::new(ErrorKind::Transport, format!("no answer to {right} on {queue} for this message")))
        };
        let mut results: Vec<Result<()>> = receipts.iter().map(unanswered).collect();
        let mut answered = false;
        let mut outage = None;
        for ((_, chunk), answer) in batches.iter().zip(answers) {
            match answer {
                Ok(entries) => {
                    answered = true;
                    for (nth, result) in entries {
                        if let Some((index, _)) = chunk.get(nth) {
                            results[*index] = result;
                        }
                    }
                }
                Err(error) => outage = Some(error),
            }
        }
        match outage {
            Some(error) if !answered => Err(error),
            _ => Ok(results),
        }
    }

    async fn request_change(
        &self,
        change: Change,
        queue: &Physical,
        entries: &[(usize, &str)],
    ) -> Result<Results> {
        let doing = Doing { right: change.right(), resource: &queue.name };
        let handles = entries.iter().enumerate().map(|(nth, (_, handle))| (nth.to_string(), *handle));
        match change {
            Change::Delete => {
                let mut request = self.sqs.delete_message_batch().queue_url(&*queue.url);
                for (nth, handle) in handles {
                    let entry = DeleteMessageBatchRequestEntry::builder().id(nth).receipt_handle(handle);
                    request = request.entries(entry.build().map_err(unsendable)?);
                }
                let answer = request.send().await.map_err(|error| doing.failed(error))?;
                let done = answer.successful().iter().map(DeleteMessageBatchResultEntry::id);
                Ok(results(doing, done, answer.failed()))
            }
            Change::Hide(seconds) => {
                let mut request = self.sqs.change_message_visibility_batch().queue_url(&*queue.url);
                for (nth, handle) in handles {
                    let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                        .id(nth)
                        .receipt_handle(handle)
                        .visibility_timeout(seconds);
                    request = request.entries(entry.build().map_err(unsendable)?);
                }
                let answer = request.send().await.map_err(|error| doing.failed(error))?;
                let done = answer.successful().iter().map(ChangeMessageVisibilityBatchResultEntry::id);
                Ok(results(doing, done, answer.failed()))
            }
        }
    }
}

fn results<'a>(
    doing: Doing<'_>,
    done: impl Iterator<Item = &'a str>,
    failed: &[BatchResultErrorEntry],
) -> Results {
    let done = done.filter_map(|id| Some((id.parse().ok()?, Ok(()))));
    let failed = failed.iter().filter_map(|one| {
        let error = doing.of_receipt(one.code(), one.message().unwrap_or_default());
        Some((one.id().parse().ok()?, Err(error)))
    });
    done.chain(failed).collect()
}

/// A receipt's handle: the queue's name in AWS, and the handle that SQS gave.
pub(crate) fn handle(queue: &str, handle: &str) -> Arc<str> {
    format!("{queue} {handle}").into()
}

fn parts(handle: &str) -> (&str, &str) {
    handle.split_once(' ').unwrap_or(("", handle))
}

fn unsendable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Transport, "the request could not be made").caused_by(error)
}
