-- Asks for one random path of a list after another. PATHS: a file of lines `path etag`; CONDITIONAL=1 sends the tag.
local paths, tags = {}, {}
function init()
  math.randomseed(4711)
  for line in io.lines(os.getenv("PATHS")) do
    local path, tag = line:match("^(%S+) (%S+)$")
    paths[#paths + 1], tags[#tags + 1] = path, tag
  end
end
local conditional = os.getenv("CONDITIONAL") == "1"
function request()
  local i = math.random(#paths)
  if conditional then return wrk.format("GET", paths[i], { ["If-None-Match"] = tags[i] }) end
  return wrk.format("GET", paths[i])
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %.0f %.0f\n", summary.requests,
    e.connect + e.read + e.write + e.timeout + e.status, latency:percentile(50), latency:percentile(99)))
end
