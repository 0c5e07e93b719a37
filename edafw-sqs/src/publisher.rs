//! Sending: to topics, and to one queue alone.

use std::collections::HashSet;
use std::ops::Range;

use aws_sdk_sns::types::{MessageAttributeValue as SnsAttribute, PublishBatchRequestEntry};
use aws_sdk_sqs::types::{MessageAttributeValue as SqsAttribute, SendMessageBatchRequestEntry};
use edafw_core::{Destination, Error, ErrorKind, Message, Result};
use futures_util::future::join_all;
use uuid::Uuid;

use crate::chunks::by_size;
use crate::config::Topics;
use crate::error::Doing;
use crate::message::{EVENT, KEY, MAX_BYTES, Outgoing};
use crate::names::{self, Kind};
use crate::queues::Physical;
use crate::transport::SqsTransport;

/// Where a batch goes.
enum Target {
    Topic { name: String, arn: String },
    Queue(Physical),
}

/// The result of each entry of a request, by its place in the request.
type Results = Vec<(usize, Result<()>)>;

impl SqsTransport {
    pub(crate) async fn send(&self, to: &Destination, messages: &[Message]) -> Result<Vec<Result<()>>> {
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let target = self.target(to).await?;
        let outgoing: Vec<Outgoing<'_>> = messages.iter().map(Outgoing::new).collect();
        let sizes: Vec<usize> = outgoing.iter().map(Outgoing::bytes).collect();
        let chunks = by_size(&sizes, MAX_BYTES);
        let requests = chunks.iter().map(|chunk| self.request(&target, &outgoing[chunk.clone()]));
        // A later request must not overtake an earlier one that has the same key.
        let mut keys = HashSet::new();
        let each_key_once = messages.iter().filter_map(|one| one.key.as_ref()).all(|key| keys.insert(key));
        let answers = if each_key_once {
            join_all(requests).await
        } else {
            let mut answers = Vec::new();
            for request in requests {
                answers.push(request.await);
            }
            answers
        };
        self.collect(&target, &sizes, &chunks, answers)
    }

    async fn target(&self, to: &Destination) -> Result<Target> {
        match to {
            Destination::Topic(topic) => {
                let name = names::topic(&self.config, topic);
                let arn = names::arn(&self.config, "sns", &self.queues.account().await?, &name);
                Ok(Target::Topic { name, arn })
            }
            Destination::Queue(queue) => Ok(Target::Queue(self.queues.place(queue).await?.queue.clone())),
        }
    }

    async fn request(&self, target: &Target, messages: &[Outgoing<'_>]) -> Result<Results> {
        match target {
            Target::Topic { name, arn } => self.publish_batch(name, arn, messages).await,
            Target::Queue(queue) => self.send_batch(queue, messages).await,
        }
    }

    async fn publish_batch(&self, name: &str, arn: &str, messages: &[Outgoing<'_>]) -> Result<Results> {
        let doing = Doing { right: "sns:Publish", resource: name };
        let text = |value: &str| {
            SnsAttribute::builder().data_type("String").string_value(value).build().map_err(unsendable)
        };
        let mut request = self.sns.publish_batch().topic_arn(arn);
        for (index, message) in messages.iter().enumerate() {
            let mut entry = PublishBatchRequestEntry::builder()
                .id(index.to_string())
                .message(&*message.body)
                .message_attributes(EVENT, text(message.event)?);
            if self.config.topics == Topics::Fifo {
                entry =
                    entry.message_group_id(&message.group).message_deduplication_id(&message.deduplication);
                if let Some(key) = &message.key {
                    entry = entry.message_attributes(KEY, text(key)?);
                }
            }
            request = request.publish_batch_request_entries(entry.build().map_err(unsendable)?);
        }
        let answer = request.send().await.map_err(|error| doing.failed(error))?;
        let accepted = answer.successful().iter().filter_map(|one| Some((one.id()?.parse().ok()?, Ok(()))));
        let refused = answer.failed().iter().filter_map(|one| {
            let error = doing.answered(one.code(), one.message().unwrap_or_default());
            Some((one.id().parse().ok()?, Err(error)))
        });
        Ok(accepted.chain(refused).collect())
    }

    async fn send_batch(&self, queue: &Physical, messages: &[Outgoing<'_>]) -> Result<Results> {
        let doing = Doing { right: "sqs:SendMessage", resource: &queue.name };
        let text = |value: &str| {
            SqsAttribute::builder().data_type("String").string_value(value).build().map_err(unsendable)
        };
        let mut request = self.sqs.send_message_batch().queue_url(&*queue.url);
        for (index, message) in messages.iter().enumerate() {
            let mut entry = SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(&*message.body)
                .message_attributes(EVENT, text(message.event)?);
            if queue.kind == Kind::Fifo {
                // Somebody asked for this very send: it is no repetition of an earlier one.
                entry = entry
                    .message_group_id(&message.group)
                    .message_deduplication_id(Uuid::now_v7().to_string());
                if let Some(key) = &message.key {
                    entry = entry.message_attributes(KEY, text(key)?);
                }
            }
            request = request.entries(entry.build().map_err(unsendable)?);
        }
        let answer = request.send().await.map_err(|error| doing.failed(error))?;
        let accepted = answer.successful().iter().filter_map(|one| Some((one.id().parse().ok()?, Ok(()))));
        let refused = answer.failed().iter().filter_map(|one| {
            let error = doing.answered(one.code(), one.message().unwrap_or_default());
            Some((one.id().parse().ok()?, Err(error)))
        });
        Ok(accepted.chain(refused).collect())
    }

    /// One result per message. An entry that no answer speaks of was not accepted, as far as anybody knows.
    fn collect(
        &self,
        target: &Target,
        sizes: &[usize],
        chunks: &[Range<usize>],
        answers: Vec<Result<Results>>,
    ) -> Result<Vec<Result<()>>> {
        let name = match target {
            Target::Topic { name, .. } => name,
            Target::Queue(queue) => &*queue.name,
        };
        let mut results: Vec<Result<()>> = sizes.iter().map(|&size| Err(unanswered(name, size))).collect();
        let mut outage = None;
        let mut answered = false;
        for (chunk, answer) in chunks.iter().zip(answers) {
            match answer {
                Ok(entries) => {
                    answered = true;
                    for (index, result) in entries {
                        if let Some(place) = results[chunk.clone()].get_mut(index) {
                            *place = result;
                        }
                    }
                }
                Err(error) => {
                    if let (Target::Queue(queue), true) = (target, crate::error::is_missing(&error)) {
                        self.queues.is_gone(queue);
                    }
                    outage = Some(error);
                }
            }
        }
        match outage {
            Some(error) if !answered => Err(error),
            Some(error) => {
                tracing::debug!(error = error.chain(), "one request of several had no answer");
                Ok(results)
            }
            None => Ok(results),
        }
    }
}

fn unanswered(name: &str, size: usize) -> Error {
    if size > MAX_BYTES {
        return Error::new(
            ErrorKind::Payload,
            format!("a message of {size} bytes with its attributes: {name} takes {MAX_BYTES}"),
        );
    }
    Error::new(ErrorKind::Transport, format!("{name} did not say that it accepted the message"))
}

/// The SDK refused to build a request.
fn unsendable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Transport, "the request could not be made").caused_by(error)
}
