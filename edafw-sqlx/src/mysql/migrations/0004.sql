-- Where the queues of a service have been, so that a worker that is to use others does not leave deliveries behind.
create table if not exists edafw_transport (
    service varchar(160) character set ascii collate ascii_bin not null,
    channel varchar(16)  character set ascii collate ascii_bin not null,
    place   text         character set utf8mb4 not null,
    primary key (service, channel)
) engine=InnoDB row_format=dynamic;
