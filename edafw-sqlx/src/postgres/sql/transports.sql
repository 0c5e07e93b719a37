select channel, place from edafw_transport where service = $1 order by channel;
