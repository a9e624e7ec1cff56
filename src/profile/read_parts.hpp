// The readers of the parts of a profile, one file each. They read what is there, add a problem for
// what is wrong and leave the default in its place: a profile with problems is thrown away.
#pragma once

#include "profile/reading.hpp"
#include "profile/toml.hpp"
#include "ringblast/profile.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

Target read_target(Reading& reading, const TomlNode& node);

/// Thresholds of stages go to `thresholds`.
Load read_load(Reading& reading, const TomlNode& node, std::vector<ThresholdText>& thresholds);

std::vector<Variable> read_variables(Reading& reading, const TomlNode& node);

/// A string, a list of strings and tables, or a table. `scope` is put in front, with `: `; those
/// that have one of their own are then a problem. None: they may have one.
std::vector<ThresholdText> read_thresholds(Reading& reading, const TomlNode& node,
                                           std::string_view scope);
/// A name as scope: in double quotes.
std::string scope_of_name(std::string_view name);

/// Name and value by key.
std::vector<Header> read_headers(Reading& reading, std::string_view label, const TomlNode& node);
bool has_header(const std::vector<Header>& headers, std::string_view name);

Expect read_expect(Reading& reading, const TomlNode& node);
Until read_until(Reading& reading, const TomlNode& node);
std::vector<Extract> read_extract(Reading& reading, const TomlNode& node);

/// What requests inherit, and where their thresholds go.
struct RequestContext {
    bool content_type_given = false;                  ///< by the class or the target
    std::vector<ThresholdText>* thresholds = nullptr; ///< null: they are not measured
};
/// A list of requests: on_start, [setup] and others.
std::vector<Request> read_requests(Reading& reading, std::string_view label, const TomlNode& node,
                                   const RequestContext& context);
/// A request of which `table` is, or holds, the table: that of a task of one request.
Request read_request(Reading& reading, const TableReader& table, const TomlNode& node,
                     const RequestContext& context);
/// `path` and `query`, or another key in place of the first.
void read_target_of(Reading& reading, const TableReader& table, std::string_view path_key,
                    Request& request);
/// Sets path (with query) and body of a request.
void read_content(Reading& reading, const TableReader& table, const RequestContext& context,
                  Request& request);

std::vector<Probe> read_probes(Reading& reading, const TomlNode& node);

/// [[user]], each with its tasks.
std::vector<UserClass> read_users(Reading& reading, const TomlNode& node,
                                  const RequestContext& context);
std::vector<Task> read_tasks(Reading& reading, const TomlNode& node, const RequestContext& context);
/// The rest of a task that has the key ws; its name, tags and the like are read.
void read_socket_task(Reading& reading, const TableReader& table, const TomlNode& node, Task& task);

} // namespace ringblast
