module peers/http_client

go 1.19
