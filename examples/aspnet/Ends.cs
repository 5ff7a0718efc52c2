// Follows Vestibule's live stream of ends, so that JWT access tokens are refused before they expire (docs/edge.md). It is trusted from the
// comment `: current` on, which follows the last of the ends that were missed, while it is not silent.
using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

class Ends(string issuer, string clientId, string secret) : BackgroundService
{
    static readonly TimeSpan Keep = TimeSpan.FromMinutes(15); // longer than a token lives (5 minutes at most) and a clock differs
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(30); // a comment comes every 15 seconds

    private readonly ConcurrentDictionary<string, (DateTimeOffset At, long Epoch)> epochs = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> gone = new(); // ids of users and sessions
    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private volatile bool current;
    private long lastByte; // ticks
    // Event ids are times in microseconds. The first connection asks for those of Keep ago: an end may be older than this process.
    private string lastId = $"{(DateTimeOffset.UtcNow - Keep).ToUnixTimeMilliseconds()}000";

    public bool Fresh => current && DateTimeOffset.UtcNow.Ticks - Interlocked.Read(ref lastByte) < Silence.Ticks;

    public bool Ended(string sub, string? sid, long epoch) =>
        epochs.TryGetValue(sub, out var last) && last.Epoch > epoch || gone.ContainsKey(sub) || sid is not null && gone.ContainsKey(sid);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await Listen(stop);
            }
            catch (Exception error) when (error is HttpRequestException or IOException or JsonException or OperationCanceledException)
            {
                Console.Error.WriteLine($"the stream of ends: {error.Message}");
            }
            current = false;
            await Task.Delay(1000, CancellationToken.None);
        }
    }

    private async Task Listen(CancellationToken stop)
    {
        using var silent = CancellationTokenSource.CreateLinkedTokenSource(stop);
        silent.CancelAfter(Silence);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{issuer}/api/events/stream");
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{clientId}:{secret}")));
        request.Headers.Add("Last-Event-ID", lastId);
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silent.Token);
        answer.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(silent.Token));
        while (await lines.ReadLineAsync(silent.Token) is string line)
        {
            silent.CancelAfter(Silence);
            Interlocked.Exchange(ref lastByte, DateTimeOffset.UtcNow.Ticks);
            if (line == ": current") current = true;
            else if (line.StartsWith("id:")) lastId = line[3..].Trim();
            else if (line.StartsWith("data:")) Take(JsonDocument.Parse(line[5..]).RootElement);
        }
    }

    // An end is told at least once: taking it twice changes nothing.
    private void Take(JsonElement end)
    {
        var (now, kind) = (DateTimeOffset.UtcNow, end.GetProperty("kind").GetString());
        string? user = end.TryGetProperty("user_id", out var id) ? id.GetString() : null;
        bool has = end.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object;
        // The highest: an older end may come again, or late.
        if (kind == "access_ended" && user is not null && data.GetProperty("epoch").GetInt64() is var epoch)
            epochs.AddOrUpdate(user, (now, epoch), (_, known) => (now, Math.max(epoch, known.Epoch)));
        // A deactivation comes with access_ended, and may be taken back.
        if (kind == "user_deleted" && user is not null) gone[user] = now;
        if (has && data.TryGetProperty("sessions", out var sessions))
            foreach (var session in sessions.EnumerateArray()) gone[session.GetString()!] = now;
        else if (has && data.TryGetProperty("session", out var session)) gone[session.GetString()!] = now;
        foreach (var (key, value) in epochs) if (now - value.At > Keep) epochs.TryRemove(key, out _);
        foreach (var (key, at) in gone) if (now - at > Keep) gone.TryRemove(key, out _);
    }
}
