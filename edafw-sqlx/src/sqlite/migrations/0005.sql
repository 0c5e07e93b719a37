-- Where the queues of a service have been, so that a worker that is to use others does not leave deliveries behind.
create table edafw_transport (
    service text not null,
    channel text not null,
    place   text not null,
    primary key (service, channel)
) strict, without rowid;
