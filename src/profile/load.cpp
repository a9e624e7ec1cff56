#include "profile/load.hpp"

#include "profile/file_text.hpp"
#include "profile/include.hpp"
#include "profile/read_parts.hpp"
#include "profile/values.hpp"

#include <filesystem>

namespace ringblast {

namespace {

std::vector<Request> read_hook(Reading& reading, const TableReader& top, std::string_view key,
                               const RequestContext& context) {
    const TableReader table(reading, part(reading, top, key), Table::hook);
    const TomlNode* requests = table.find("request");
    return requests == nullptr
               ? std::vector<Request>{}
               : read_requests(reading, std::string(key) + ".request", *requests, context);
}

Selection read_selection(Reading& reading, const TomlNode& node) {
    Selection selection;
    const TableReader table(reading, node, Table::select);
    table.take("tags", selection.tags, read_texts);
    table.take("exclude_tags", selection.exclude_tags, read_texts);
    table.take("user_class", selection.classes, read_texts);
    return selection;
}

OutputPaths read_output(Reading& reading, const TomlNode& node) {
    OutputPaths output;
    const TableReader table(reading, node, Table::output);
    table.take("json", output.json, read_output_path);
    table.take("html", output.html, read_output_path);
    table.take("csv", output.csv, read_output_path);
    table.take("junit", output.junit, read_output_path);
    table.take("markdown", output.markdown, read_output_path);
    table.take("hdr_log", output.hdr_log, read_output_path);
    table.take("output_dir", output.directory, read_output_path);
    return output;
}

void read_classes(Reading& reading, const TableReader& top, const TomlNode& tree,
                  Profile& profile) {
    RequestContext context;
    context.content_type_given = has_header(profile.target.headers, "Content-Type");
    profile.setup = read_hook(reading, top, "setup", context);
    profile.teardown = read_hook(reading, top, "teardown", context);
    context.thresholds = &profile.thresholds;
    if (const TomlNode* users = top.find("user")) {
        profile.classes = read_users(reading, *users, context);
    } else {
        reading.problem(tree, "the profile has no [[user]]; allowed: one or more, each with a "
                              "[[user.task]]");
    }
}

Profile read_profile(Reading& reading, const TomlNode& tree) {
    Profile profile;
    const TableReader top(reading, tree, Table::top);
    top.take("name", profile.name, read_name);
    top.take("description", profile.description, read_text);
    profile.target = read_target(reading, part(reading, top, "target"));
    if (const TomlNode* threshold = top.find("threshold")) {
        profile.thresholds = read_thresholds(reading, *threshold, {});
    }
    profile.load = read_load(reading, part(reading, top, "load"), profile.thresholds);
    profile.variables = read_variables(reading, part(reading, top, "variables"));
    read_classes(reading, top, tree, profile);
    profile.selection = read_selection(reading, part(reading, top, "select"));
    profile.output = read_output(reading, part(reading, top, "output"));
    if (const TomlNode* probes = top.find("probe")) {
        profile.probes = read_probes(reading, *probes);
    }
    reading.check_insertions();
    return profile;
}

/// Whoever gives a suite to `ringblast run` is told where it belongs.
bool refuse_suite(const TomlNode& tree, Problems& problems) {
    const TomlEntry* runs = tree.find("run");
    if (runs == nullptr || tree.find("user") != nullptr) {
        return false;
    }
    problems.add(runs->place, "this is a suite, not a profile; allowed: ringblast suite " +
                                  problems.name(runs->place.file));
    return true;
}

/// The ${...} in it need not have values where it does not count.
void remove_base_url(TomlNode& tree) {
    if (TomlEntry* target = tree.find("target")) {
        std::erase_if(target->node.entries,
                      [](const TomlEntry& entry) { return entry.key == "base_url"; });
    }
}

ExpectedAll<Profile> load_source(const TomlSource& source, const LoadOptions& options) {
    Problems problems;
    std::optional<TomlNode> tree = read_tree(source, options.set, problems);
    if (!tree || refuse_suite(*tree, problems)) {
        return std::unexpected(problems.take());
    }
    if (options.base_url) {
        remove_base_url(*tree);
    }
    substitute_tree(*tree, options.set, problems);
    Reading reading(options, problems);
    Profile profile = read_profile(reading, *tree);
    if (!problems.empty()) {
        return std::unexpected(problems.take());
    }
    profile.target.base_url = options.base_url.value_or(profile.target.base_url);
    if (profile.name.empty()) {
        profile.name = std::filesystem::path(source.name).stem().string();
    }
    return profile;
}

} // namespace

ExpectedAll<Profile> load_profile(const std::string& path, const LoadOptions& options) {
    const Expected<std::string> text = read_text_file(path, profile_size_max, Files::any);
    if (!text) {
        return std::unexpected(std::vector{text.error()});
    }
    return load_source({.text = *text, .name = path, .directory = directory_of(path), .path = path},
                       options);
}

ExpectedAll<Profile> load_profile_text(std::string_view text, const TextOrigin& origin,
                                       const LoadOptions& options) {
    return load_source(
        {.text = text, .name = origin.name, .directory = origin.directory, .path = {}}, options);
}

} // namespace ringblast
