module peers/sleeps

go 1.19
