//! Amazon SNS and SQS as the transport of edafw.
//!
//! Events are published to SNS topics, one for each channel of a service, and every subscriber has an SQS queue
//! of its own. Topics and queues are FIFO unless [`Topics::Standard`] is chosen: the key of an event is its message
//! group, so that the events of one key stay in order while the others flow.
//!
//! Users depend on `edafw` with its feature `sqs` and name a region: `EDAFW_TRANSPORT_URL=sqs://eu-central-1`.
//! [`SqsConfig`] lists what such a URL may say. Credentials, profiles and endpoints come from where the AWS SDK finds
//! them for every program.

mod chunks;
mod client;
mod config;
mod consumer;
mod declared;
mod error;
mod long_poll;
mod message;
mod names;
mod provision;
mod publisher;
mod queues;
mod receipts;
mod settings;
mod subscriptions;
mod template;
mod transport;

pub use config::{SqsConfig, Topics};
pub use template::{iam_policies, template};
pub use transport::SqsTransport;
