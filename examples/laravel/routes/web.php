<?php

// A Laravel app whose people sign in through Vestibule. README.md lists the environment variables.

use App\Vestibule;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Cache;
use Illuminate\Support\Facades\Http;
use Illuminate\Support\Facades\Route;
use Illuminate\Support\Facades\Session;
use Jumbojett\OpenIDConnectClientException;

$page = fn (string $body, int $status = 200) => response("<!doctype html><title>Laravel</title>$body", $status);
$signedOut = fn (int $status = 200) => $page('<a href="/login">Sign in</a>', $status);

// Which sessions a back-channel logout ends: those of a `sid`, or all of a `sub`. In the cache that all processes share.
$list = fn (string $name) => Cache::get("vestibule:$name", []);
$remember = function (string $name, string $session) use ($list) {
    Cache::lock("vestibule-lock:$name", 5)->block(5, fn () => Cache::put(
        "vestibule:$name", [...$list($name), $session], now()->addMinutes((int) config('session.lifetime'))));
};

// Answered from the app's own session, which ends when Vestibule calls /backchannel-logout.
Route::get('/', function () use ($page, $signedOut) {
    if (! $user = session('user')) {
        return $signedOut();
    }
    return $page('Signed in as '.e($user['email']).'. <a href="/roles">Roles</a> <a href="/logout">Sign out</a>');
});

// Asks Vestibule on each request: roles are those of this moment, and the end of access is seen at once.
Route::get('/roles', function () use ($page, $signedOut) {
    if (! $user = session('user')) {
        return $signedOut(401);
    }
    $answer = Http::withToken($user['access_token'])->timeout(5)->get(env('ISSUER').'/oauth/userinfo');
    if ($answer->status() === 401) {
        session()->invalidate();
        return $signedOut(401);
    }
    return $page('Roles: '.e(implode(', ', $answer->throw()->json('roles'))));
});

Route::get('/login', fn (Vestibule $vestibule) => $vestibule->authenticate()); // leaves by a redirect

Route::get('/callback', function (Vestibule $vestibule) use ($page, $remember) {
    try {
        $vestibule->authenticate(); // checks state, nonce and the ID token
    } catch (OpenIDConnectClientException $error) {
        report($error);
        return $page('The sign-in failed.', 400);
    }
    session()->regenerate(true);
    $claims = $vestibule->getVerifiedClaims();
    session(['user' => [
        'sub' => $claims->sub, 'sid' => $claims->sid, 'email' => $claims->email ?? '',
        'access_token' => $vestibule->getAccessToken(), 'id_token' => $vestibule->getIdToken(),
    ]]);
    $remember("sid:$claims->sid", session()->getId());
    $remember("sub:$claims->sub", session()->getId());
    return redirect('/');
});

Route::get('/logout', function (Vestibule $vestibule) {
    $token = session('user')['id_token'] ?? '';
    session()->invalidate();
    $vestibule->signOut($token, url('/').'/'); // leaves by a redirect, with the ID token as its hint
});

// Excepted from the CSRF check in bootstrap/app.php: Vestibule has no session here.
Route::post('/backchannel-logout', function (Request $request, Vestibule $vestibule) use ($list) {
    $header = json_decode(base64_decode(strtr(explode('.', (string) $request->input('logout_token'))[0], '-_', '+/')), true);
    try {
        $valid = ($header['typ'] ?? '') === 'logout+jwt' && $vestibule->verifyLogoutToken();
    } catch (Throwable) {
        $valid = false;
    }
    if (! $valid) {
        return response()->json(['error' => 'invalid_request'], 400);
    }
    // A token with a sid ends that session, one without ends every session of the person.
    $sid = $vestibule->getSidFromBackChannel();
    $name = $sid ? "sid:$sid" : 'sub:'.$vestibule->getSubjectFromBackChannel();
    foreach ($list($name) as $session) {
        Session::getHandler()->destroy($session);
    }
    return response()->noContent();
});
