#pragma once
#include <gyre/http/url/url.hpp>

#include <string_view>
#include <vector>

// The http and https URLs that an HTML page points to, each once, in the order of the page, without their fragments: the href of
// a, area and link, and the src of frame, iframe, img and script. Relative ones are resolved against the page's URL, or its
// <base href>. A user name and password in a link are dropped: a page is not to say who we are.
std::vector<gyre::http::url> links_of(std::string_view html, const gyre::http::url& page);

bool can_be_crawled(const gyre::http::url& link);
// Makes it what links_of() gives; false when it cannot be crawled.
bool prepare_link(gyre::http::url& link);
