// Servers on a simulated clock, and the trials that a search asks of them: no sockets, the same
// answer for the same seed. A server is c equal workers behind one queue with what spoils a real
// one: heavy tails, a limiter, a bounded queue, slowness that grows with the queue, pauses, a host
// whose speed wanders.
#pragma once

#include "analysis/capacity.hpp"

#include <cstdint>
#include <deque>
#include <queue>
#include <string>
#include <vector>

namespace ringblast {

struct ServerModel {
    std::string name;
    unsigned workers = 4;
    double service_s = 0.002;               ///< mean
    double variation = 1;                   ///< of service times: 1 exponential, else lognormal
    double limit_rate = 0, limit_burst = 0; ///< token bucket, 429 beyond it
    size_t waiting_max = 0;                 ///< 503 beyond it; 0: no bound
    double slower_per_waiting = 0;          ///< a service takes 1 + this × waiting
    double pause_every_s = 0, pause_s = 0;
    double speed_sd = 0.01, speed_memory_s = 5; ///< of the host, logarithmic
    double generator_rate_max = 0;              ///< trials above it are invalid; 0: none
    double timeout_s = 0; ///< of the client, of which the server knows nothing; 0: none
};

class SimulatedServer {
public:
    SimulatedServer(ServerModel model, uint64_t seed);
    /// Runs a trial from rest and leaves the server drained.
    TrialResult run(const Trial& trial, const CapacitySettings& settings);
    double now_s() const { return now_s_; }

private:
    struct Reply {
        double end_s = 0;
        int status = 200;
    };
    struct Ended {
        double due_s, end_s;
        int status;
        bool operator>(const Ended& other) const { return end_s > other.end_s; }
    };
    using Pending = std::priority_queue<Ended, std::vector<Ended>, std::greater<>>;

    Reply ask(double t_s);
    Reply arrive(double t_s);
    TrialResult run_open(const Trial& trial, const CapacitySettings& settings);
    TrialResult run_closed(const Trial& trial, const CapacitySettings& settings);
    double unit();
    double normal();
    double service(double t_s);
    double past_pauses(double start_s);

    ServerModel model_;
    uint64_t seed_, drawn_ = 0;
    double now_s_ = 0;
    std::vector<double> free_at_s_;
    std::deque<double> starts_s_; ///< of those that wait
    double tokens_, tokens_at_s_ = 0;
    double speed_ = 0, speed_at_s_ = 0;
    double next_pause_s_;
};

} // namespace ringblast
