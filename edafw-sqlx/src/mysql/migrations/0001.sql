-- Keys are bytes of UTF-8: binary columns compare them exactly, trailing spaces included, on every server.
-- What has at most 512 characters takes at most 2,048 bytes, so that every index fits in its 3,072.

-- The event store: append-only; outbox, history and log in one. Times are milliseconds since 1970 (UTC).
-- Payload and headers are JSON, and no check says so: MariaDB's would refuse what is nested more than 31 deep.
create table if not exists edafw_event (
    position     bigint        not null auto_increment primary key,
    event_id     char(36)      character set ascii collate ascii_bin not null,
    channel      varchar(16)   character set ascii collate ascii_bin not null,
    source       varchar(160)  character set ascii collate ascii_bin not null,
    name         varchar(160)  character set ascii collate ascii_bin not null,
    version      bigint        not null,
    `key`        varchar(512), -- text, to be read by people; its index finds keys that differ in trailing spaces, too
    time         bigint        not null,
    payload      longtext      not null,
    headers      longtext      not null,
    stored_at    bigint        not null,
    published_at bigint,
    generation   bigint        not null default 0, -- the last send's, once its outbox row is gone
    unique key edafw_event_id (event_id),
    key edafw_event_key (`key`, position)
) engine=InnoDB row_format=dynamic default character set utf8mb4 collate utf8mb4_bin;

-- Events on their way to the transport; deleted when the recorder has polled them back.
create table if not exists edafw_outbox (
    position     bigint not null primary key,
    `key`        varbinary(2048),
    due_at       bigint not null,
    token        bigint,
    attempts     bigint not null default 0,
    generation   bigint not null default 0,
    sent_at      bigint,
    exhausted_at bigint,
    last_error   longtext,
    key edafw_outbox_state (exhausted_at, sent_at, position),
    key edafw_outbox_key (`key`, sent_at, position)
) engine=InnoDB row_format=dynamic default character set utf8mb4 collate utf8mb4_bin;

-- Declared idempotency keys; they outlive their events.
create table if not exists edafw_producer_key (
    source          varchar(160) character set ascii collate ascii_bin not null,
    name            varchar(160) character set ascii collate ascii_bin not null,
    idempotency_key varbinary(2048) not null,
    event_id        char(36) character set ascii collate ascii_bin not null,
    primary key (source, name, idempotency_key)
) engine=InnoDB row_format=dynamic;

-- What a subscriber has done: the fence of effect once. Row ids rise with time, so old rows come first.
create table if not exists edafw_inbox (
    id              bigint       not null auto_increment primary key,
    subscriber      varchar(200) character set ascii collate ascii_bin not null,
    source          varchar(160) character set ascii collate ascii_bin not null,
    name            varchar(160) character set ascii collate ascii_bin not null,
    idempotency_key varbinary(2048) not null,
    processed_at    bigint       not null,
    unique key edafw_inbox_effect (subscriber, source, name, idempotency_key)
) engine=InnoDB row_format=dynamic;

-- Attempts at effects that did not succeed at once.
create table if not exists edafw_attempt (
    subscriber      varchar(200) character set ascii collate ascii_bin not null,
    source          varchar(160) character set ascii collate ascii_bin not null,
    name            varchar(160) character set ascii collate ascii_bin not null,
    idempotency_key varbinary(2048) not null,
    attempts        bigint       not null,
    first_at        bigint       not null,
    last_error      longtext,
    primary key (subscriber, source, name, idempotency_key)
) engine=InnoDB row_format=dynamic default character set utf8mb4 collate utf8mb4_bin;

create table if not exists edafw_dead_letter (
    id              bigint       not null auto_increment primary key,
    subscriber      varchar(200) character set ascii collate ascii_bin not null,
    source          varchar(160) character set ascii collate ascii_bin not null,
    name            varchar(160) character set ascii collate ascii_bin not null,
    idempotency_key varbinary(2048) not null,
    `key`           varbinary(2048),
    queue           varchar(160) character set ascii collate ascii_bin not null,
    body            longtext     not null,
    cause           varchar(40)  character set ascii collate ascii_bin not null,
    error           longtext     not null,
    attempts        bigint       not null,
    holds_key       bigint       not null,
    at              bigint       not null,
    unique key edafw_dead_letter_effect (subscriber, source, name, idempotency_key),
    key edafw_dead_letter_hold (subscriber, holds_key, `key`)
) engine=InnoDB row_format=dynamic default character set utf8mb4 collate utf8mb4_bin;

create table if not exists edafw_pause (
    subscriber varchar(200) character set ascii collate ascii_bin not null primary key
) engine=InnoDB row_format=dynamic;

-- The embedded transport: queues, what they are bound to, their lanes and their messages.
create table if not exists edafw_queue (
    name          varchar(160) character set ascii collate ascii_bin not null primary key,
    service       varchar(160) character set ascii collate ascii_bin not null,
    ordered       bigint       not null,
    registered_at bigint       not null
) engine=InnoDB row_format=dynamic;

create table if not exists edafw_binding (
    topic varchar(200) character set ascii collate ascii_bin not null,
    event varchar(160) character set ascii collate ascii_bin not null, -- '*' for every event of the topic
    queue varchar(160) character set ascii collate ascii_bin not null,
    primary key (topic, event, queue),
    key edafw_binding_queue (queue)
) engine=InnoDB row_format=dynamic;

-- A key that has messages in a queue. Whoever adds, takes or removes messages of the lane locks this row first.
-- The receiver with the token has all messages of the lane up to held_to, until visible_at.
create table if not exists edafw_lane (
    queue      varchar(160) character set ascii collate ascii_bin not null,
    lane       varbinary(2048) not null,
    visible_at bigint not null,
    token      bigint,
    held_to    bigint not null default 0,
    primary key (queue, lane),
    key edafw_lane_visible (queue, visible_at)
) engine=InnoDB row_format=dynamic;

-- A message of a lane has neither visible_at nor token: its lane has. One that is to be tried again later has
-- not_before. A message without a lane stands for itself. One index serves both: in a lane visible_at is null.
create table if not exists edafw_message (
    position   bigint       not null auto_increment primary key,
    queue      varchar(160) character set ascii collate ascii_bin not null,
    lane       varbinary(2048),
    body       longtext     not null,
    visible_at bigint,
    not_before bigint,
    token      bigint,
    receives   bigint       not null default 0, -- receives that ended without an acknowledgement
    key edafw_message_lane (queue, lane, visible_at, position)
) engine=InnoDB row_format=dynamic default character set utf8mb4 collate utf8mb4_bin;

create table if not exists edafw_meta (
    name  varchar(40) character set ascii collate ascii_bin not null primary key,
    value bigint      not null
) engine=InnoDB row_format=dynamic;

-- Rows to lock, too: `probed-at` by a round of the republisher, `topology` by whoever changes queues.
insert into edafw_meta (name, value) values ('confirmed-sent-at', 0), ('probed-at', 0), ('topology', 0)
on duplicate key update value = edafw_meta.value;
