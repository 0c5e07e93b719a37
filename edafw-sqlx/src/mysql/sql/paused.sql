select subscriber from edafw_pause order by subscriber;
