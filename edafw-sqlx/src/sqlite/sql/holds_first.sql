-- Whether the token holds all of these messages, and nothing else stands before the last ones of their lanes.
select (select count(*) from edafw_message where position in (select value from json_each(?1)) and token = ?3)
           = json_array_length(?1)
       and not exists (
           select 1
           from json_each(?2) known
           join edafw_message last on last.position = known.value
           join edafw_message earlier
               on earlier.queue = last.queue and earlier.lane = last.lane and earlier.position < last.position
           where earlier.position not in (select value from json_each(?1)));
